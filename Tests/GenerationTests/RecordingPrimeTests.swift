import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Streams that go on from a recording.
@Suite struct RecordingPrimeTests {
  static let names = ["plain", "mixture of logistics", "Gaussian, pre-emphasis", "classes, pre-emphasis"]

  private func engine(_ name: String, _ precision: Precision = .float32) throws -> WaveNetEngine {
    try WaveNetEngine(Examples.model(name, precision))
  }

  private func samples(_ count: Int, of stream: WaveNetStream) -> [Float] {
    var (stream, samples) = (stream, [Float](repeating: 9, count: count))
    var span = samples.mutableSpan
    stream.fill(&span)
    return samples
  }

  /// A sawtooth with noise, whose samples are none that codes stand for.
  private func recording(_ count: Int, scale: Double = 0.3) -> [Float] {
    var random = Philox(seed: 6)
    return (0..<count).map { index in
      Float(scale * ((Double(index) * 0.37).truncatingRemainder(dividingBy: 2) - 1 + 0.1 * random.normal()))
    }
  }

  @Test(arguments: names) func theNetworkIsFedWithTheCodesOfTheRecording(name: String) throws {
    let engine = try engine(name)
    let recording = recording(60)
    var filter = PreEmphasis(engine.configuration.preemphasis)
    let codes = engine.companding.encode(filter.apply(recording))
    var (primed, fed) = (WaveNetStream(engine, seed: 3), WaveNetStream(engine, seed: 3))
    primed.prime(hearing: recording)
    for code in codes { fed.feed(Int(code)) }
    #expect(primed.logits == fed.logits)
    // The sound goes on from the recording's last sample.
    let sound = samples(40, of: primed)
    var emphasis = DeEmphasis(engine.configuration.preemphasis, last: recording.last!)
    #expect(sound == (0..<40).map { _ in max(-1, min(1, emphasis.apply(engine.companding.decode(fed.next())))) })
  }

  /// Pieces of 1 and of 7 samples, and of all lengths at once.
  @Test(arguments: names, Precision.allCases) func aRecordingInPiecesIsTheRecording(
    name: String, precision: Precision
  ) throws {
    let engine = try engine(name, precision)
    for beginning in [0, 30] {
      var fresh = WaveNetStream(engine, seed: 3)
      for _ in 0..<beginning { _ = fresh.next() }
      for scale in [0.3, 2] {
        let recording = recording(100, scale: scale)
        var whole = fresh
        whole.prime(hearing: recording)
        for lengths in [[1], [7], [2, 0, 90, 1]] {
          var (pieces, position, turn) = (fresh, 0, 0)
          while position < recording.count {
            let end = min(recording.count, position + lengths[turn % lengths.count])
            pieces.prime(hearing: recording[position..<end])
            (position, turn) = (end, turn + 1)
          }
          #expect(pieces.logits == whole.logits, "pieces of \(lengths)")
          #expect(samples(40, of: pieces) == samples(40, of: whole), "pieces of \(lengths)")
        }
      }
    }
  }

  /// What comes before the receptive field, and the sample that pre-emphasis looks back to, changes nothing.
  @Test(arguments: names) func theEndOfARecordingIsEnough(name: String) throws {
    let engine = try engine(name)
    let recording = recording(200)
    var (whole, end) = (WaveNetStream(engine, seed: 3), WaveNetStream(engine, seed: 3))
    whole.prime(hearing: recording)
    end.prime(hearing: recording.suffix(engine.configuration.receptiveField + 1))
    #expect(samples(40, of: end) == samples(40, of: whole))
  }

  @Test(arguments: names) func samplesBeyondFullScaleAreTakenAsItsEnds(name: String) throws {
    let engine = try engine(name)
    var (loud, full) = (WaveNetStream(engine, seed: 3), WaveNetStream(engine, seed: 3))
    loud.prime(hearing: [0.1, 1e30, -.infinity, .nan, 0.5, -7])
    full.prime(hearing: [0.1, 1, -1, 0, 0.5, -1])
    #expect(loud.logits == full.logits)
    let read = WaveNetStream(try StreamState(loud.state.bytes, for: engine))
    #expect(samples(40, of: loud) == samples(40, of: full) && samples(40, of: read) == samples(40, of: full))
  }
}
