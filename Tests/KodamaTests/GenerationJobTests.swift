import Foundation
import TestSupport
import Testing

@testable import Kodama

@Suite struct GenerationJobTests {
  private func job(samples: Int, prime: [Float] = [], workers: Workers = .serial) throws -> GenerationJob {
    try GenerationJob(model: Sounds.model(), seed: 4, samples: samples, prime: prime, workers: workers)
  }

  private let past = (0..<100).map { Float(sin(Double($0) * 0.3)) }

  @Test(arguments: [false, true]) func aStreamIsTheSameWhateverIsBesideIt(primed: Bool) throws {
    let prime = primed ? past : []
    let alone = try job(samples: 1500, prime: prime).waveforms(streams: 1)
    let four = try job(samples: 1500, prime: prime, workers: Workers(threads: 3)).waveforms(streams: 4)
    #expect(alone[0].frames == 1500 && alone[0].sampleRate == Sounds.sampleRate)
    #expect(four[0] == alone[0])
    #expect(Set(four.map { $0.channels[0] }).count == 4)
  }

  @Test func whatCameBeforeChangesWhatFollowsAndIsNoPartOfIt() throws {
    let (plain, primed) = (try job(samples: 300).waveforms(), try job(samples: 300, prime: past).waveforms())
    #expect(primed[0].frames == 300)
    #expect(plain != primed)
  }

  @Test func filesHoldWhatIsGeneratedInMemory() throws {
    try withTemporaryFolder { folder in
      let paths = ["a", "b"].map { folder + "/\($0).wav" }
      var heard: [GenerationJob.Progress] = []
      let job = try job(samples: 2500)
      let written = try job.write(
        to: paths, encoding: AudioEncoding(.wav, .float32), progress: { heard.append($0) })
      #expect(written == 2500)
      #expect(heard.map(\.samples) == [1024, 2048, 2500] && heard.allSatisfy { $0.total == 2500 })
      let (files, memory) = (try paths.map { try AudioFile.read($0) }, try job.waveforms(streams: 2))
      #expect(files == memory)
    }
  }

  @Test func stoppedItKeepsWhatIsThere() throws {
    try withTemporaryFolder { folder in
      var blocks = 0
      let path = folder + "/a.wav"
      let written = try job(samples: 10_000).write(
        to: [path], progress: { _ in blocks += 1 }, shouldStop: { blocks == 3 })
      #expect(written == 3072)
      #expect(try AudioFile.read(path).frames == 3072)
    }
  }

  @Test func noSamplesAreAValidFile() throws {
    try withTemporaryFolder { folder in
      let job = try job(samples: 0)
      let written = try job.write(to: [folder + "/a.wav"])
      #expect(written == 0)
      let lengths = [try AudioFile.read(folder + "/a.wav").frames, try job.waveforms()[0].frames]
      #expect(lengths == [0, 0])
    }
  }

  @Test func oneOutputThatCannotBeMadeLeavesNoneOfThem() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileFault.self) {
        try job(samples: 100).write(to: [folder + "/a.wav", folder + "/none/b.wav"])
      }
      let left = try names(in: folder)
      #expect(left.isEmpty)
    }
  }
}
