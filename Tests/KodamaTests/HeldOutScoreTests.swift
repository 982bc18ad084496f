import KodamaTensors
import TestSupport
import Testing

@testable import Kodama

@Suite struct HeldOutScoreTests {
  private func recordings(_ folder: String) throws -> Recordings {
    try Sounds.writeCorpus(folder, samples: [500, 1500, 1000, 700, 300])
    return try Recordings(CorpusIndex.scan(folder), sampleRate: Sounds.sampleRate)
  }

  @Test func itIsTheMeanOverAllSamples() throws {
    try withTemporaryFolder { folder in
      let (recordings, model) = (try recordings(folder), Sounds.model())
      let score = try HeldOutScore(recordings, conditioning: Conditioning(), seconds: 1000)
      #expect(score.chosen.map(\.recording) == [0, 1, 2, 3, 4])
      #expect(score.chosen.map(\.samples) == [500, 1500, 1000, 700, 300])
      let bits = try score.bitsPerSample(of: model.network, model.parameters, workspace: Workspace())
      let expected = try ScoreJob(model: model, corpus: folder).score().bitsPerSample
      // The network scores here, the engine there.
      #expect(abs(bits - expected) < 1e-6 * expected)
    }
  }

  @Test func recordingsAreChosenUntilTheyAreLongEnough() throws {
    try withTemporaryFolder { folder in
      let recordings = try recordings(folder)
      var earlier: Set<Int> = []
      for samples in [1, 600, 1200, 2500, 3999] {
        let chosen = try HeldOutScore(recordings, conditioning: Conditioning(), seconds: Double(samples) / 8000).chosen
        #expect(chosen.reduce(0) { $0 + $1.samples } == samples)
        // The last that is needed is the only one that is not scored whole, and the first ones are always the same.
        #expect(chosen.count { $0.samples < recordings.frames(of: $0.recording) } <= 1)
        let numbers = chosen.map(\.recording)
        #expect(numbers == numbers.sorted() && earlier.isSubset(of: numbers))
        earlier = Set(numbers)
      }
    }
  }
}
