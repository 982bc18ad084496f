import Foundation
import Kodama
import TestSupport
import Testing

/// What the operating system does not give is missed by an error or done without, never waited for.
@Suite struct ResourceLimitTests {
  private static let training = "--preset tiny --steps 2 --batch 1 --crop 200 --set sample_seconds=0.01 --quiet"

  /// Runs a line of the shell under a limit, as a user whom limits of processes bind.
  private func run(_ line: String, limit: String, in folder: String) throws -> Child.End {
    var command = ["/bin/bash", "-c", "trap '' INT; \(limit); exec \(line)"]
    if getuid() == 0 {
      chmod(folder, 0o777)
      command = ["/usr/bin/setpriv", "--reuid=65534", "--clear-groups", "--"] + command
    }
    return try Child(command[0], Array(command[1...]), in: folder).end(within: 120)
  }

  /// One process may be: the one that trains.
  @Test(.enabled(if: getuid() != 0 || access("/usr/bin/setpriv", X_OK) == 0))
  func withoutFurtherThreadsTheWorkIsDoneByOne() throws {
    try withTemporaryFolder { folder in
      let line = "\(Command.executable) train \(Fixture.corpus) \(Self.training) --threads 4"
      let end = try run(line + " -o limited", limit: "ulimit -u 1", in: folder)
      #expect(end.status == 0, "\(end.errors)")
      #expect(!end.errors.contains("OpenBLAS"))
      let free = try Child("/bin/bash", ["-c", line + " -o free"], in: folder).end()
      #expect(free.status == 0)
      let path = "/checkpoints/step-2/model.safetensors"
      #expect(try bytes(folder + "/limited" + path) == bytes(folder + "/free" + path))
    }
  }

  /// Every command that multiplies large matrices, on how many threads, and how many KiB are too few for that.
  @Test(arguments: [
    ("train \(Fixture.corpus) \(training) --threads 4 -o output", 4, 600_000),
    ("compress quantize \(Fixture.run) --threads 4 -o output", 4, 600_000),
    ("bench train --preset tiny --steps 1 --crop 100 --threads 4", 4, 600_000),
    ("bench generate --preset tiny --samples 100 --rounds 1", 1, 250_000),
  ]) func aLimitOfAddressSpaceIsAnError(line: String, threads: Int, limit: Int) throws {
    try withTemporaryFolder { folder in
      let end = try run("\(Command.executable) \(line)", limit: "ulimit -v \(limit)", in: folder)
      #expect(end.status == 71, "\(end.errors)")
      #expect(end.errors.contains("ulimit -v") && end.errors.contains("\(threads) thread"))
      #expect(!AtomicFile.exists(folder + "/output"))
    }
  }

  @Test func aPipeInPlaceOfTheLogIsAnError() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let options = Self.training.split(separator: " ").map(String.init)
      try expectSuccess(["train", Fixture.corpus, "-o", run] + options)
      unlink(run + "/corpus.json")
      try #require(mkfifo(run + "/corpus.json", 0o600) == 0)
      try expectFailure(
        73, ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "3", "--quiet"],
        mentions: ["corpus.json", "regular file"])
      unlink(run + "/corpus.json")
      unlink(run + "/metrics.jsonl")
      try #require(mkfifo(run + "/metrics.jsonl", 0o600) == 0)
      try expectFailure(
        66, ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "4", "--quiet"],
        mentions: ["metrics.jsonl", "regular file"])
      try expectFailure(66, ["report", run, "-o", folder + "/r.html"], mentions: ["metrics.jsonl", "regular file"])
    }
  }

  /// A step of it takes 1.6 GB.
  @Test func memoryThatIsNotThereIsAnError() throws {
    try withTemporaryFolder { folder in
      let line = "bench train --preset small --batch 1 --crop 128000 --threads 1"
      let end = try run("\(Command.executable) \(line)", limit: "ulimit -v 800000", in: folder)
      #expect(end.status == 71 && end.errors.contains("out of memory"), "\(end.status): \(end.errors.prefix(2000))")
    }
  }
}
