import Foundation
import KodamaAudio
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAmplifierTraining

@Suite struct PairFaultTests {
  private let rate = ExamplePair.rate

  /// The fault of a pair, which names its file.
  private func fault(_ dry: [Float], _ wet: [Float]) throws -> PairFault {
    let fault = #expect(throws: PairFault.self) { try ExamplePair.pair(dry, wet).analysis() }
    let found = try #require(fault)
    #expect(found.exitStatus == .badData && "\(found)".contains(".wav: "))
    return found
  }

  @Test func shortRecordingsAreRefused() throws {
    let short = Array(ExamplePair.music.prefix(9 * rate))
    #expect(try fault(short, ExamplePair.music) == .tooShort(path: "dry.wav", seconds: 9, needed: 10))
    #expect(try fault(ExamplePair.music, short) == .tooShort(path: "wet.wav", seconds: 9, needed: 10))
  }

  @Test func silenceIsRefused() throws {
    let silence = [Float](repeating: 0, count: 12 * rate)
    #expect(try fault(silence, ExamplePair.music) == .silent(path: "dry.wav", peak: nil))
    guard case .silent("wet.wav", let peak?) = try fault(ExamplePair.music, silence.map { _ in 1e-4 }) else {
      Issue.record("no silence")
      return
    }
    expectClose([peak], [-80], tolerance: 1e-6)
  }

  @Test func clippingIsRefused() throws {
    let loud = ExamplePair.music.map { max(-1, min(1, 4 * $0)) }
    guard case .clipped("wet.wav", let places, let seconds) = try fault(ExamplePair.music, loud) else {
      Issue.record("no clipping")
      return
    }
    #expect(places > 100 && seconds < 6)
    guard case .clipped("dry.wav", _, _) = try fault(loud, ExamplePair.music) else {
      Issue.record("no clipping of the dry recording")
      return
    }
    // Two samples in a row may be a peak, and a sample above full scale is none that was cut.
    var peaks = ExamplePair.music
    (peaks[1000], peaks[1001], peaks[1003]) = (1, 1, 1)
    for index in 2000..<2010 { peaks[index] = 1.2 }
    #expect(SoundLevels(of: peaks, sampleRate: rate).clippedPlaces == 0)
    peaks[1002] = 1
    #expect(SoundLevels(of: peaks, sampleRate: rate).clippedPlaces == 1)
    #expect(SoundLevels(of: peaks, sampleRate: rate).firstClipped == 1000)
  }

  @Test func aWetRecordingThatEndsEarlyIsRefused() throws {
    let early = Array(ExamplePair.wet.dropLast(3 * rate))
    guard case .wetEndsEarly("dry.wav", "wet.wav", let missing, 2) = try fault(ExamplePair.dry, early) else {
      Issue.record("not refused")
      return
    }
    #expect(abs(missing - 3) < 0.01)
  }

  @Test func anotherTakeIsRefused() throws {
    let other = DemoPair(minutes: 0.5, seed: 8)
    guard case .unrelated(_, _, let coherence, 0.12) = try fault(ExamplePair.dry, other.wet(of: other.dry())) else {
      Issue.record("not refused")
      return
    }
    #expect(coherence < 0.08)
    let noise = ExamplePair.noise(ExamplePair.dry.count, level: 0.1)
    guard case .unrelated(_, _, let share, _) = try fault(ExamplePair.dry, noise) else {
      Issue.record("not refused")
      return
    }
    #expect(share < 0.08)
  }

  @Test(arguments: [25.0, -60, 300]) func driftingClocksAreRefused(partsPerMillion: Double) throws {
    let wet = ExamplePair.stretched(ExamplePair.wet, partsPerMillion: partsPerMillion)
    guard case .drift(_, _, let latencies, let found) = try fault(ExamplePair.dry, wet) else {
      Issue.record("not refused")
      return
    }
    #expect(abs(found - partsPerMillion) < 3 + 0.05 * abs(partsPerMillion), "\(found)")
    #expect((latencies[2] - latencies[0] > 0) == (partsPerMillion > 0) && latencies.count == 3)
  }

  @Test func lostSamplesAreRefused() throws {
    let (wet, middle) = (ExamplePair.wet, ExamplePair.wet.count / 2)
    let jumped = Array(wet[..<middle] + wet[(middle + 64)...]) + [Float](repeating: 0, count: 64)
    guard case .drift(_, _, let latencies, _) = try fault(ExamplePair.dry, jumped) else {
      Issue.record("not refused")
      return
    }
    #expect(abs(latencies[0] - latencies[2] - 64) <= 2)
  }

  @Test func filesThatDoNotFitAreRefused() throws {
    try withTemporaryFolder { folder in
      let (dry, wet) = (folder + "/dry.wav", folder + "/wet.wav")
      let tone = (0..<4800).map { Float(sin(0.1 * Double($0))) / 2 }
      try AudioWriter.write(Waveform(tone, sampleRate: 48_000), to: dry, existing: .refuse)
      func write(_ waveform: Waveform) throws { try AudioWriter.write(waveform, to: wet, existing: .replace) }
      try write(Waveform(tone, sampleRate: 44_100))
      #expect(throws: PairFault.differentRates(dry: dry, dryRate: 48_000, wet: wet, wetRate: 44_100)) {
        try RecordingPair(dry: dry, wet: wet)
      }
      try write(Waveform(channels: [tone, tone.map { $0 / 2 }], sampleRate: 48_000))
      #expect(throws: PairFault.severalChannels(path: wet, channels: 2)) { try RecordingPair(dry: dry, wet: wet) }
      #expect(throws: AudioFault.noChannel(path: dry, channel: 2, channels: 1)) {
        try RecordingPair(dry: dry, wet: wet, channel: .channel(2))
      }
      let pair = try RecordingPair(dry: dry, wet: wet, channel: .channel(1))
      #expect(pair.wet.samples == pair.dry.samples && pair.sampleRate == 48_000 && pair.dry.path == dry)
      #expect(throws: FileFault.self) { try RecordingPair(dry: dry, wet: folder + "/none.wav") }
      try write(Waveform([Float](), sampleRate: 48_000))
      #expect(throws: AudioFault.noSamples(path: wet)) { try RecordingPair(dry: dry, wet: wet) }
    }
  }

  @Test func aSampleThatIsNoNumberIsRefused() throws {
    var bad = ExamplePair.music
    bad[5] = .infinity
    #expect(throws: AudioFault.notFinite(path: "wet.wav", frame: 5, channel: 0)) {
      try ExamplePair.pair(ExamplePair.music, bad).analysis()
    }
    try withTemporaryFolder { folder in
      let (dry, wet) = (folder + "/dry.wav", folder + "/wet.wav")
      let tone = (0..<480).map { Float(sin(0.1 * Double($0))) / 2 }
      let floats = AudioEncoding(.wav, .float32)
      try AudioWriter.write(Waveform(tone, sampleRate: 48_000), to: dry, encoding: floats, existing: .refuse)
      var content = try bytes(dry)
      let at = content.count - 4 * 480 + 4 * 7
      withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { content.replaceSubrange(at..<at + 4, with: $0) }
      try TestSupport.write(content, to: wet)
      #expect(throws: AudioFault.notFinite(path: wet, frame: 7, channel: 0)) { try RecordingPair(dry: dry, wet: wet) }
    }
  }
}
