import TestSupport
import Testing

@testable import Kodama

@Suite struct EvaluationJobTests {
  @Test func twoFilesAreAPairWhateverTheirNames() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/a.wav", samples: 4000)
      try Sounds.write(folder + "/b.flac", samples: 4000)
      let result = try EvaluationJob(reference: folder + "/a.wav", generated: folder + "/b.flac").evaluate()
      #expect(result.pairs.count == 1)
      #expect(result.pairs[0].scores["lsd"] == 0)
    }
  }

  @Test func foldersArePairedByNameAndTheRestIsNamed() throws {
    try withTemporaryFolder { folder in
      for name in ["a/one.wav", "a/sub/two.wav", "a/three.wav"] { try Sounds.write(folder + "/" + name, samples: 3000) }
      for name in ["b/one.flac", "b/sub/two.wav", "b/four.wav"] {
        try Sounds.write(folder + "/" + name, samples: 3000, seed: 2)
      }
      var heard: [Int] = []
      let result = try EvaluationJob(reference: folder + "/a", generated: folder + "/b").evaluate { done, total in
        #expect(total == 4)
        heard.append(done)
      }
      #expect(heard == [1, 2, 3, 4])
      #expect(result.pairs.map(\.reference) == ["one.wav", "sub/two.wav"])
      #expect(result.pairs.map(\.generated) == ["one.flac", "sub/two.wav"])
      #expect(result.unpairedReference == ["three.wav"] && result.unpairedGenerated == ["four.wav"])
    }
  }

  @Test func filesThatCannotBeUsedAreLeftOutWithAWarning() throws {
    try withTemporaryFolder { folder in
      for side in ["/a", "/b"] {
        try Sounds.write(folder + side + "/one.wav", samples: 3000)
        try Sounds.write(folder + side + "/none.wav", samples: 0)
        try write("<html>".utf8, to: folder + side + "/page.wav")
      }
      let job = try EvaluationJob(reference: folder + "/a", generated: folder + "/b")
      #expect(job.warnings.count == 4)
      #expect(try job.evaluate().pairs.map(\.reference) == ["one.wav"])
      #expect(throws: AudioFault.self) {
        try EvaluationJob(reference: folder + "/a", generated: folder + "/b", strict: true)
      }
    }
  }
}
