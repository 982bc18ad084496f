import Foundation
import Kodama
import TestSupport
import Testing

#if MPI

  /// Processes divide streams, recordings and files among them, and what they write is what one process writes.
  @Suite struct SharedWorkTests {
    private func run(_ processes: Int, _ arguments: [String]) throws -> Child.End {
      try processes == 1 ? Command.run(arguments) : ProcessJob.start(ProcessJob.line(processes, arguments)).end()
    }

    private func expectSuccess(_ end: Child.End, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(end.status == 0 && end.signal == nil, "\(end.errors)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [2, 3], [false, true]) func streamsAreThoseOfOneProcess(processes: Int, isPrimed: Bool) throws {
      try withTemporaryFolder { folder in
        let options =
          ["generate", Fixture.model, "--streams", "5", "--samples", "700", "--seed", "3"]
          + (isPrimed ? ["--prime", Fixture.recording] : [])
        expectSuccess(try run(1, options + ["-o", folder + "/one.wav"]))
        let end = try run(processes, options + ["-o", folder + "/several.wav"])
        expectSuccess(end)
        for stream in 1...5 {
          #expect(try bytes(folder + "/several-\(stream).wav") == bytes(folder + "/one-\(stream).wav"), "\(stream)")
        }
        // What exists is left as it is, by all processes.
        let again = try run(processes, options + ["-o", folder + "/several.wav"])
        #expect(again.status == 73 && again.errors.contains("exists"), "\(again.errors)")
      }
    }

    @Test func fewerStreamsThanProcessesAreRefused() throws {
      try withTemporaryFolder { folder in
        let end = try run(3, ["generate", Fixture.model, "--streams", "2", "-o", folder + "/a.wav", "--samples", "10"])
        #expect(end.status == 64 && end.errors.contains("streams: there are 2 for 3 processes"), "\(end.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      }
    }

    @Test func featuresAreThoseOfOneProcess() throws {
      try withTemporaryFolder { folder in
        func features(_ name: String) -> [String] { ["features", Fixture.corpus, "-o", folder + "/" + name, "--json"] }
        let alone = try run(1, features("one"))
        let together = try run(3, features("several"))
        expectSuccess(alone)
        expectSuccess(together)
        func text(_ end: Child.End) -> String { String(decoding: end.output, as: UTF8.self) }
        #expect(text(together).replacing(folder + "/several", with: folder + "/one") == text(alone))
        for number in 0..<4 {
          #expect(try bytes(folder + "/several/\(number).npy") == bytes(folder + "/one/\(number).npy"))
        }
        let again = try run(2, features("several"))
        expectSuccess(again)
        #expect(text(again).replacing(" ", with: "").contains("\"kept\":4"), "\(text(again))")
      }
    }

    /// Pairs, single sounds and sets.
    @Test(arguments: [2, 3], [false, true]) func scoresAreThoseOfOneProcess(processes: Int, isPaired: Bool) throws {
      try withTemporaryFolder { folder in
        for number in 0..<5 {
          try Fixture.writeSound(folder + "/other/\(number).wav", seconds: 0.5, seed: UInt64(number + 9))
        }
        try Fixture.writeSound(folder + "/other/quiet.wav", seconds: 0.3, seed: 20)
        var sides = [Fixture.corpus, folder + "/other"]
        if isPaired {
          let lines = (0..<4).map { "\(Fixture.corpus)/\($0).wav,\(folder)/other/\($0).wav" }
          try write(Array((lines.joined(separator: "\n") + "\n").utf8), to: folder + "/pairs.csv")
          sides = ["--pairs", folder + "/pairs.csv"]
        }
        let options = ["evaluate"] + sides + ["--json", "--against-noise", "--quiet"]
        let alone = try run(1, options)
        let together = try run(processes, options)
        expectSuccess(alone)
        expectSuccess(together)
        #expect(together.output == alone.output && alone.output.count > 1000)
        let failing = try run(processes, options + ["--fail-if", "peak.count<100"])
        #expect(failing.status != 0, "\(failing.errors)")
      }
    }

    @Test func anUnusableFileEndsAll() throws {
      try withTemporaryFolder { folder in
        try Fixture.writeSound(folder + "/other/0.wav", seconds: 0.5, sampleRate: 11_025)
        let end = try run(2, ["evaluate", Fixture.corpus, folder + "/other", "--quiet"])
        #expect(end.status == 65 && end.errors.contains("11"), "\(end.errors)")
      }
    }
  }

#endif
