import KodamaCore
import KodamaSignal
import KodamaSpectra
import TestSupport
import Testing

/// Held to librosa 0.11 within 1e-5; `features_golden.py` beside this file wrote the numbers.
@Suite struct LogMelTests {
  @Test(arguments: FeaturesGolden.all.logMel.indices) func featuresAgreeWithLibrosa(index: Int) throws {
    let golden = FeaturesGolden.all.logMel[index]
    let features = try LogMel(golden.convention)(golden.signal.samples)
    #expect(features.frames == golden.frames)
    #expect(features.frames == golden.convention.frames(ofSamples: golden.signal.count))
    for (row, values) in try paired(golden.rows, golden.values) {
      expectClose(Array(features[frame: row]), values, tolerance: 1e-5, "frame \(row) of \(golden.signal)")
    }
  }

  /// (ln 1e-5 + 5) / 2, and (ln 1e-5 + 10) / 4 of power.
  @Test func silenceIsTheFloor() throws {
    var convention = LogMelConvention.standard(sampleRate: 16_000)
    let silence = [Float](repeating: 0, count: 3000)
    #expect(try LogMel(convention)(silence).values.nonemptyAllSatisfy { abs($0 + 3.256463) < 1e-6 })
    convention = LogMelConvention(sampleRate: 16_000, fftLength: 512, hopLength: 128, bands: 20, spectrum: .power)
    #expect(try LogMel(convention)(silence).values.nonemptyAllSatisfy { abs($0 + 0.378231) < 1e-6 })
  }

  @Test(arguments: [0, 1, 63, 64, 65, 127, 128, 129, 640, 20_000]) func allWaysGiveTheSameBits(count: Int) throws {
    let convention = LogMelConvention(sampleRate: 16_000, fftLength: 256, hopLength: 64, bands: 20)
    let logMel = try LogMel(convention)
    let samples = Signal(kind: .mixture, count: count, seed: 3).samples
    let whole = try logMel(samples, workers: .serial)
    #expect(whole.frames == convention.frames(ofSamples: count))
    #expect(try logMel(samples, workers: Workers(threads: 3)) == whole)

    var blocks: [Float] = []
    try logMel.forEachBlock(of: Waveform(samples, sampleRate: 16_000)) { blocks += $0.values }
    #expect(blocks == whole.values)

    for length in [1, 7, 64, 256, 1000] {
      var stream = LogMelStream(logMel)
      var values: [Float] = []
      for start in stride(from: 0, to: count, by: length) {
        values += try stream.add(Array(samples[start..<min(count, start + length)])).values
      }
      values += try stream.finish().values
      #expect(values == whole.values, "in blocks of \(length)")
      #expect(stream.samples == count && stream.frames == whole.frames)
    }
  }

  @Test func aStretchWithItsSurroundingsGivesTheSameBits() throws {
    let logMel = try LogMel(LogMelConvention(sampleRate: 16_000, fftLength: 256, hopLength: 100, bands: 20))
    let samples = Signal(kind: .mixture, count: 3000, seed: 3).samples
    let whole = try logMel(samples)
    let frames = try logMel.frames(beneath: Array(samples[700 - logMel.reach..<900 + logMel.reach]))
    #expect(frames.frames == 3)
    #expect(frames.values == (7...9).flatMap { Array(whole[frame: $0]) })
    #expect(try logMel.frames(beneath: Array(samples[..<255])).frames == 0)
  }

  @Test func aFrameComesWithItsLastSample() throws {
    let logMel = try LogMel(LogMelConvention(sampleRate: 16_000, fftLength: 256, hopLength: 64, bands: 20))
    var stream = LogMelStream(logMel)
    #expect(try stream.add([Float](repeating: 0.1, count: 127)).frames == 0)
    #expect(try stream.add([0.1]).frames == 1)
    #expect(try stream.add([Float](repeating: 0.1, count: 63)).frames == 0)
    #expect(try stream.add([0.1]).frames == 1)
  }

  @Test func aLongSoundIsReadInBoundedBlocks() throws {
    let reads = Reads()
    let sound = Waveform([Float](repeating: 0.25, count: 700_000), sampleRate: 16_000)
    var frames = 0
    try LogMel(.standard(sampleRate: 16_000)).forEachBlock(of: CountingSource(base: sound, reads: reads)) {
      frames += $0.frames
    }
    #expect(frames == LogMelConvention.standard(sampleRate: 16_000).frames(ofSamples: 700_000))
    #expect(reads.count > 2 && reads.longest < 300_000)
  }

  @Test func aSampleThatIsNoNumberIsAnError() throws {
    var stream = try LogMelStream(LogMel(.standard(sampleRate: 8000)))
    #expect(throws: SpectraFault.self) { try stream.add([Float](repeating: .nan, count: 1000)) }
  }

  @Test(arguments: [
    ("fft_length", LogMelConvention(sampleRate: 8000, fftLength: 255, hopLength: 64, bands: 20)),
    ("sample_rate", LogMelConvention(sampleRate: 0, fftLength: 256, hopLength: 64, bands: 20)),
    ("sample_rate", LogMelConvention(sampleRate: .max, fftLength: 256, hopLength: 64, bands: 20)),
    ("hop_length", LogMelConvention(sampleRate: 8000, fftLength: 256, hopLength: 300, bands: 20)),
    ("window_length", LogMelConvention(sampleRate: 8000, fftLength: 256, windowLength: 300, hopLength: 64, bands: 20)),
    ("bands", LogMelConvention(sampleRate: 8000, fftLength: 256, hopLength: 64, bands: 0)),
    (
      "maximum_frequency",
      LogMelConvention(sampleRate: 8000, fftLength: 256, hopLength: 64, bands: 20, maximumFrequency: 5000)
    ),
    (
      "minimum_frequency",
      LogMelConvention(sampleRate: 8000, fftLength: 256, hopLength: 64, bands: 20, minimumFrequency: .nan)
    ),
    ("floor", LogMelConvention(sampleRate: 8000, fftLength: 256, hopLength: 64, bands: 20, floor: 0, divisor: 1)),
    ("divisor", LogMelConvention(sampleRate: 8000, fftLength: 256, hopLength: 64, bands: 20, divisor: 0)),
  ]) func aFieldThatMakesNoSenseIsNamed(field: String, convention: LogMelConvention) throws {
    let error = #expect(throws: SpectraFault.self) { try LogMel(convention) }
    guard case .badConvention(let named, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(named == field)
  }
}
