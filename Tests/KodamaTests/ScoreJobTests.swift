import Foundation
import KodamaTensors
import TestSupport
import Testing

@testable import Kodama

@Suite struct ScoreJobTests {
  @Test func theScoreIsTheMeanOverAllSamplesOfAllFiles() throws {
    try withTemporaryFolder { folder in
      // One is longer than a page of recordings and than a window of the scorer.
      try Sounds.writeCorpus(folder, samples: [700, 40_000, 1])
      let model = Sounds.model()
      var heard: [Int] = []
      let result = try ScoreJob(model: model, corpus: folder).score { done, total in
        #expect(total == 3)
        heard.append(done)
      }
      #expect(heard == [1, 2, 3])
      #expect(result.files.map(\.path) == ["0.wav", "1.wav", "2.wav"])
      #expect(result.files.map(\.samples) == [700, 40_000, 1] && result.samples == 40_701)
      let mean = result.files.reduce(0) { $0 + $1.bitsPerSample * Double($1.samples) } / 40_701
      #expect(abs(result.bitsPerSample - mean) < 1e-12)
      for file in result.files {
        var scorer = SequenceScorer(network: model.network, parameters: model.parameters, workspace: Workspace())
        scorer.add(try AudioFile.read(folder + "/" + file.path).mono)
        scorer.finish()
        #expect(abs(file.bitsPerSample - scorer.bits / Double(file.samples)) < 1e-5, "\(file.path)")
      }
    }
  }

  @Test func theEntropiesAreThoseOfTheCodes() throws {
    try withTemporaryFolder { folder in
      // Two codes in turn: one bit, none where the one before is known.
      let samples = (0..<1000).map { $0 % 2 == 0 ? Float(0.5) : -0.5 }
      try AudioWriter.write(Waveform(samples, sampleRate: 8000), to: folder + "/a.wav", existing: .refuse)
      let result = try ScoreJob(model: Sounds.model(), corpus: folder).score()
      #expect(abs(result.orderZeroEntropy - 1) < 1e-9)
      #expect(abs(try #require(result.orderOneEntropy)) < 1e-9)
    }
  }

  @Test func theKeysOfTheResultAreStable() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder, samples: [50])
      let data = try JSONEncoder().encode(ScoreJob(model: Sounds.model(), corpus: folder).score())
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(
        object.keys.sorted() == [
          "bitsPerSample", "bitsPerSample16", "files", "levels", "orderOneEntropy", "orderZeroEntropy", "preemphasis",
          "sampleRate", "samples",
        ])
      let files = try #require(object["files"] as? [[String: Any]])
      #expect(files[0].keys.sorted() == ["bitsPerSample", "bitsPerSample16", "path", "samples"])
    }
  }
}
