import Foundation
import Kodama
import TestSupport
import Testing

/// SIGKILL at any moment of training that saves after every step, 36 of the fault matrix: the newest complete checkpoint
/// loads, and training goes on from it.
@Suite struct KillTests {
  @Test func twoHundredKillsLeaveACheckpointThatLoads() throws {
    try withTemporaryFolder { folder in
      let (run, corpus) = (folder + "/run", folder + "/corpus")
      for number in 0..<2 { try Fixture.writeSound(corpus + "/\(number).wav", seconds: 0.1, seed: UInt64(number)) }
      let training = Fixture.training + ["--checkpoint-every", "1", "--keep", "2", "--validation-share", "0"]
      try expectSuccess(["train", corpus, "-o", run, "--steps", "1"] + training)

      var random = Philox(seed: 36)
      var steps: [Int] = []
      for round in 0..<200 {
        let child = try Child(
          Command.executable,
          ["train", corpus, "-o", run, "--resume", "--steps", "1000000", "--quiet", "--threads", "1"])
        // Every fourth is ended while it takes up the run, the others soon after their first checkpoint.
        if round % 4 != 0 {
          let latest = try bytes(run + "/latest")
          try child.wait(until: "its first checkpoint") { try bytes(run + "/latest") != latest }
        }
        pause(microseconds: random.integer(below: round % 4 == 0 ? 100_000 : 20_000))
        child.send(SIGKILL)
        #expect(try child.end().signal == SIGKILL, "round \(round)")

        let newest = try RunFolder(run).newestCheckpoint()
        _ = try WaveNetModel.load(newest)
        for name in ["model", "average", "trainer"] { _ = try SafetensorsReader(newest + "/\(name).safetensors") }
        steps.append(try #require(Int(newest.split(separator: "-").last ?? "")))
      }
      #expect(steps == steps.sorted(), "a later kill came to an earlier step")
      #expect(Set(steps).count > 100, "too few steps between kills to have met a save")
      let last = try #require(steps.last) + 1
      try expectSuccess(["train", corpus, "-o", run, "--resume", "--steps", "\(last)", "--quiet"])
      #expect(try RunFolder(run).steps() == [last - 1, last])
      #expect(try names(in: run + "/checkpoints") == ["step-\(last - 1)", "step-\(last)"].sorted())
    }
  }
}
