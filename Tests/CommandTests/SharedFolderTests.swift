import Foundation
import Kodama
import TestSupport
import Testing

/// Whether a process may start others in a namespace of their own, in which their numbers begin at 1.
private let hasProcessNamespaces =
  (try? Child("/usr/bin/env", ["unshare", "--pid", "--fork", "--kill-child", "true"]).end().status) == 0

/// Folders that several processes, and people, use at one time.
@Suite struct SharedFolderTests {
  private func temporaries(in folder: String) throws -> [String] {
    try names(in: folder).filter { $0.hasPrefix(".kodama-") }
  }

  private func waitForTemporary(in folder: String, while child: Child) throws {
    while try child.isRunning && temporaries(in: folder).isEmpty { usleep(2_000) }
  }

  @Test func anOutputThatAppearsMeanwhileStaysAndTheSoundIsKept() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/x.wav"
      let child = try Child(
        Command.executable, ["generate", Fixture.model, "-o", output, "--samples", "100000000", "--quiet"])
      try waitForTemporary(in: folder, while: child)
      try write(Array("mine".utf8), to: output)
      // Interrupted, what is there is kept like any other.
      child.send(SIGINT)
      let end = try child.end()
      #expect(end.status == 73, "\(end.errors)")
      #expect(end.errors.contains("x.wav appeared meanwhile") && end.errors.contains("x-kept.wav"), "\(end.errors)")
      #expect(try bytes(output) == Array("mine".utf8))
      #expect(try bytes(folder + "/x-kept.wav").prefix(4) == Array("RIFF".utf8)[...])
      #expect(try names(in: folder) == ["x-kept.wav", "x.wav"])
    }
  }

  /// Where every process has number 1, as in containers, none is hindered by what another left.
  @Test(.enabled(if: hasProcessNamespaces, "processes may not be started in a namespace of their own here"))
  func whatAProcessOfTheSameNumberLeftIsNoHindrance() throws {
    try withTemporaryFolder { folder in
      func generate(_ samples: Int) throws -> Child {
        try Child(
          "/usr/bin/env",
          [
            "unshare", "--pid", "--fork", "--kill-child", Command.executable, "generate", Fixture.model, "-o",
            folder + "/x.wav", "--samples", "\(samples)", "--quiet",
          ])
      }
      for _ in 0..<2 {
        let child = try generate(100_000_000)
        try waitForTemporary(in: folder, while: child)
        child.send(SIGKILL)
        #expect(try child.end().signal == SIGKILL)
      }
      #expect(try !temporaries(in: folder).isEmpty)
      // The last of them may take a moment to be gone, and with it its lock.
      while try !temporaries(in: folder).isEmpty {
        Leftovers.remove(in: folder)
        usleep(2_000)
      }
      try write([1], to: folder + "/.kodama-0123456789abcdef")
      let end = try generate(100).end()
      #expect(end.status == 0, "\(end.errors)")
      #expect(try names(in: folder) == ["x.wav"])
    }
  }

  /// A run that saves after every step and keeps one checkpoint is read again and again: each time there is a model.
  @Test func aReaderOfALiveRunNeverFails() throws {
    try withTemporaryFolder { folder in
      let (run, corpus) = (folder + "/run", folder + "/corpus")
      for number in 0..<2 { try Fixture.writeSound(corpus + "/\(number).wav", seconds: 0.1, seed: UInt64(number)) }
      let child = try Child(
        Command.executable,
        ["train", corpus, "-o", run, "--steps", "100000000", "--checkpoint-every", "1", "--keep", "1"]
          + ["--validation-share", "0", "--no-tensorboard"] + Fixture.training)
      try child.wait(until: "the first checkpoint") { AtomicFile.exists(run + "/latest") }
      var seen = Set<String>()
      // As many checkpoints as it takes to have met the removal of some, however slowly the run saves them.
      var loads = 0
      while loads < 400 || seen.count <= 20 && child.isRunning {
        let location = try ModelLocation(run)
        _ = try InferenceModel.load(location)
        seen.insert(location.folder)
        loads += 1
      }
      for round in 0..<5 {
        try expectSuccess(["inspect", run, "--json"])
        try expectSuccess(["score", run, corpus, "--quiet"])
        try expectSuccess(["generate", run, "-o", folder + "/\(round).wav", "--samples", "10", "--quiet"])
        try expectSuccess(["report", run, "-o", folder + "/\(round).html"])
      }
      #expect(child.isRunning)
      child.send(SIGTERM)
      #expect(try child.end().status == 143)
      #expect(seen.count > 20, "too few checkpoints to have met the removal of one")
    }
  }
}
