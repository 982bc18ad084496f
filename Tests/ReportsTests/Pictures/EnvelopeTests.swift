import KodamaSignal
import Testing

@testable import KodamaReports

@Suite struct EnvelopeTests {
  @Test(arguments: [1, 2, 3, 7, 10]) func everySampleIsInItsColumn(columns: Int) throws {
    let left: [Float] = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9, -1]
    let right: [Float] = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    let envelope = try Envelope(of: Waveform(channels: [left, right], sampleRate: 8000), columns: columns)
    for column in 0..<columns {
      let times = (0..<10).filter { $0 * columns / 10 == column }
      #expect(envelope.low[column] == times.map { min(left[$0], right[$0]) }.min())
      #expect(envelope.high[column] == times.map { max(left[$0], right[$0]) }.max())
    }
    #expect(envelope.peak == 2)
  }

  @Test func longSoundIsReadInBlocks() throws {
    var samples = [Float](repeating: 0, count: 600_000)
    samples[262_144] = 0.5
    samples[599_999] = -0.25
    let envelope = try Envelope(of: Waveform(samples, sampleRate: 8000), columns: 600)
    #expect(envelope.high.firstIndex(of: 0.5) == 262)
    #expect(envelope.low.firstIndex(of: -0.25) == 599)
    #expect(envelope.high.count { $0 != 0 } == 1)
  }
}
