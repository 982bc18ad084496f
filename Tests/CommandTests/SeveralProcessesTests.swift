import Foundation
import Kodama
import TestSupport
import Testing

#if MPI

  /// Processes that mpirun started train one network: to the same bits as one process, and none of them is lost unnoticed.
  @Suite struct SeveralProcessesTests {
    @Test(arguments: [2, 3, 4]) func theyComeToTheBitsOfOne(processes: Int) throws {
      try withTemporaryFolder { folder in
        let (one, several) = (folder + "/one", folder + "/several")
        try ProcessJob.train(1, one, ["--steps", "5"] + ProcessJob.training)
        let end = try ProcessJob.train(processes, several, ["--steps", "5"] + ProcessJob.training)
        // One process reports, and no other.
        #expect(end.errors.components(separatedBy: "validation bits").count - 1 <= 3, "\(end.errors)")
        #expect(try ProcessJob.files(several, step: 5) == ProcessJob.files(one, step: 5))
        let (history, expected) = (try TrainingHistory(run: several), try TrainingHistory(run: one))
        #expect(history.steps.map(\.values) == expected.steps.map(\.values) && history.steps.count == 5)
        #expect(history.validations == expected.validations && history.validations.count == 3)
        #expect(RunFolder(several).best == RunFolder(one).best && RunFolder(one).best != nil)
      }
    }

    /// Accumulated batches are shared one by one, or as many at once as processes need.
    @Test(arguments: [
      ("1", "5", "1", 2), ("4", "3", "4", 3), ("2", "1", "2", 2), ("5", "5", "2", 3), ("3", "4", "2", 2),
    ])
    func accumulatedBatchesAreAddedInOrder(
      batch: String, accumulation: String, parts: String, processes: Int
    ) throws {
      try withTemporaryFolder { folder in
        let options = [
          "--batch", batch, "--accumulate", accumulation, "--set", "plan.batch_parts=\(parts)", "--steps", "3",
        ]
        try ProcessJob.train(1, folder + "/one", ProcessJob.network + options)
        try ProcessJob.train(processes, folder + "/several", ProcessJob.network + options)
        #expect(try ProcessJob.files(folder + "/several", step: 3) == ProcessJob.files(folder + "/one", step: 3))
      }
    }

    @Test func aRunContinuesOnAnotherNumberOfProcesses() throws {
      try withTemporaryFolder { folder in
        let (one, several) = (folder + "/one", folder + "/several")
        try ProcessJob.train(1, one, ["--steps", "7"] + ProcessJob.training)
        try ProcessJob.train(4, several, ["--steps", "2"] + ProcessJob.training)
        try ProcessJob.train(1, several, ["--resume", "--steps", "4"])
        try ProcessJob.train(2, several, ["--resume", "--steps", "7"])
        #expect(try ProcessJob.files(several, step: 7) == ProcessJob.files(one, step: 7))
        #expect(try TrainingHistory(run: several).validations == TrainingHistory(run: one).validations)
      }
    }

    /// Of a batch in fewer parts than processes the run records into how many it was divided.
    @Test func whatABatchIsDividedIntoIsRecorded() throws {
      try withTemporaryFolder { folder in
        let (several, one) = (folder + "/several", folder + "/one")
        try ProcessJob.train(3, several, ["--steps", "3"] + ProcessJob.batches)
        let settings = try RunRecord(checkpoint: RunFolder(several).newestCheckpoint()).settings
        #expect(settings.plan.batchParts == 3)
        try ProcessJob.train(1, one, ["--steps", "3", "--set", "plan.batch_parts=3"] + ProcessJob.batches)
        #expect(try ProcessJob.files(several, step: 3) == ProcessJob.files(one, step: 3))
      }
    }

    @Test func fastSumsDifferByRoundingAlone() throws {
      try withTemporaryFolder { folder in
        // One step by a rule that multiplies gradients: others divide by their size, however small.
        let options = ["--steps", "1", "--optimizer", "sgd"] + ProcessJob.training
        try ProcessJob.train(1, folder + "/one", options)
        let expected = try ProcessJob.weights(folder + "/one", step: 1)
        for processes in [2, 4] {
          let run = folder + "/\(processes)"
          try ProcessJob.train(processes, run, ["--reduction", "fast"] + options)
          #expect(ProcessJob.distance(try ProcessJob.weights(run, step: 1), expected) < 1e-6, "\(processes)")
        }
      }
    }

    /// With what rounding takes given back, the sum of many steps is nearer than that of one rounding.
    @Test func roundedSumsGiveBackWhatTheyTake() throws {
      try withTemporaryFolder { folder in
        let options =
          ["--steps", "20", "--optimizer", "sgd", "--learning-rate", "0.01", "--keep", "50"] + ProcessJob.training
        try ProcessJob.train(1, folder + "/one", options)
        try ProcessJob.train(3, folder + "/rounded", ["--sums", "bf16"] + options)
        let (first, expected) = (
          try ProcessJob.weights(folder + "/one", step: 0), try ProcessJob.weights(folder + "/one", step: 20)
        )
        let rounded = try ProcessJob.weights(folder + "/rounded", step: 20)
        #expect(rounded != expected)
        let moved = zip(expected, first).map(-)
        let error = ProcessJob.distance(zip(rounded, first).map(-), moved)
        // bfloat16 has 8 bits: one rounding takes up to 2⁻⁹ of a number, three processes round four times.
        #expect(error < 1.0 / 512, "\(error)")
        try ProcessJob.train(3, folder + "/again", ["--sums", "bf16"] + options)
        #expect(try ProcessJob.files(folder + "/again", step: 20) == ProcessJob.files(folder + "/rounded", step: 20))
      }
    }

    @Test func aTimeIsFittedToTheProcesses() throws {
      try withTemporaryFolder { folder in
        try ProcessJob.train(2, folder + "/run", ["--for", "3s"] + ProcessJob.batches)
        let settings = try RunRecord(checkpoint: RunFolder(folder + "/run").newestCheckpoint()).settings
        #expect(try RunFolder(folder + "/run").steps().last == settings.steps)
      }
    }

    // MARK: Faults

    /// 49 of the fault matrix.
    @Test(arguments: [0, 2]) func aKilledProcessEndsTheJobAndLosesNoCheckpoint(rank: Int) throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        let arguments = [
          "train", Fixture.corpus, "-o", run, "--steps", "1000000", "--checkpoint-every", "1", "--quiet",
        ]
        let (job, processes) = try ProcessJob.started(3, arguments + ProcessJob.training, in: folder)
        try job.wait(until: "its third checkpoint") { try (RunFolder(run).steps().last ?? 0) >= 3 }
        kill(processes[rank], SIGKILL)
        let end = try job.end(within: 10)
        #expect(end.status != 0, "\(end.errors)")
        let step = try #require(try RunFolder(run).steps().last)
        try ProcessJob.train(2, run, ["--resume", "--steps", "\(step + 1)", "--quiet"])
        let one = folder + "/one"
        try ProcessJob.train(
          1, one, ["--steps", "\(step + 1)", "--quiet", "--checkpoint-every", "1"] + ProcessJob.training)
        #expect(try ProcessJob.files(run, step: step + 1) == ProcessJob.files(one, step: step + 1))
      }
    }

    /// mpirun passes the signal on, and kills a second later: also a step that takes longer is no reason to lose the run.
    @Test(arguments: [SIGTERM, SIGINT], ["2000", "1000000"]) func anEndedJobSaves(signal: Int32, crop: String) throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        let long = crop == "2000" ? [] : ["--accumulate", "1000"]
        let arguments = ["train", Fixture.corpus, "-o", run, "--steps", "1000000", "--checkpoint-every", "1000000"]
        let job = try ProcessJob.start(ProcessJob.line(2, arguments + ProcessJob.training + long))
        try job.wait(until: "steps") {
          // Steps of a thousand batches never end.
          let log = try? bytes(run + "/metrics.jsonl")
          return long.isEmpty ? (log ?? []).count > 300 : Folder.exists(run + "/checkpoints/step-0")
        }
        pause(microseconds: 300_000)
        job.send(signal)
        let end = try job.end(within: 10)
        #expect(end.status != 0)
        let steps = try RunFolder(run).steps()
        if long.isEmpty { #expect(try #require(steps.last) > 0, "\(end.errors)") }
        #expect(end.errors.contains("saved"), "\(end.errors)")
        if long.isEmpty {
          try ProcessJob.train(1, run, ["--resume", "--steps", "\(steps.last! + 1)", "--quiet"])
        }
      }
    }

    @Test func processesThatDifferAreNamed() throws {
      try withTemporaryFolder { folder in
        let other = folder + "/other"
        for number in 0..<4 { try Fixture.writeSound(other + "/\(number).wav", seconds: 0.5, seed: UInt64(number + 9)) }
        func job(_ first: [String], _ second: [String]) throws -> Child.End {
          let end = ["-o", folder + "/run", "--steps", "1"] + ProcessJob.training
          return try ProcessJob.start(
            ["-n", "2"] + first + end + [":", "-n", "1"] + second + end
          ).end()
        }
        let whole = [Command.executable, "train", Fixture.corpus]
        let corpus = try job(whole, [Command.executable, "train", other])
        #expect(corpus.status == 65 && corpus.errors.contains("rank 2"), "\(corpus.errors)")
        #expect(corpus.errors.contains("corpus"))
        let weak = try job(whole, ["/usr/bin/env", "KODAMA_ISA=portable"] + whole)
        #expect(weak.status == 65 && weak.errors.contains("instruction set is portable"), "\(weak.errors)")
        let settings = try job(whole, whole + ["--learning-rate", "0.5"])
        #expect(settings.status == 65 && settings.errors.contains("settings"), "\(settings.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/run/checkpoints/step-1"))
      }
    }

    @Test func aFullDiskOfTheFirstProcessEndsAll() throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        let arguments = [
          "train", Fixture.corpus, "-o", run, "--steps", "1000000", "--checkpoint-every", "1", "--quiet",
        ]
        let (job, processes) = try ProcessJob.started(2, arguments + ProcessJob.training, in: folder)
        try job.wait(until: "its first checkpoint") { try (RunFolder(run).steps().last ?? 0) > 0 }
        // Not from the start: MPI needs larger files than a checkpoint.
        let limit = try Child("/usr/bin/env", ["prlimit", "--pid", "\(processes[0])", "--fsize=4096"]).end()
        #expect(limit.status == 0, "\(limit.errors)")
        let end = try job.end(within: 30)
        #expect(end.status == 74, "\(end.errors)")
        let step = try #require(try RunFolder(run).steps().last)
        try ProcessJob.train(2, run, ["--resume", "--steps", "\(step + 1)", "--quiet"])
      }
    }

    @Test func whatCannotBeSharedIsRefused() throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        func refusal(_ status: Int32, _ options: [String], mentions: String) throws {
          let arguments =
            ["train", Fixture.corpus, "-o", run, "--steps", "1", "--quiet"] + ProcessJob.training + options
          let end = try ProcessJob.start(ProcessJob.line(2, arguments)).end()
          #expect(end.status == status && end.errors.contains(mentions), "\(options): \(end.errors)")
          #expect(end.errors.components(separatedBy: mentions).count == 2, "said more than once: \(end.errors)")
        }
        try refusal(64, ["--batch", "1"], mentions: "batch")
        try refusal(64, ["--dry-run"], mentions: "--dry-run")
        try ProcessJob.train(2, run, ["--steps", "1", "--quiet"] + ProcessJob.training)
        try refusal(73, [], mentions: "already contains a run")
        try expectFailure(
          64, ["train", Fixture.corpus, "-o", run, "--reduction", "fast"] + ProcessJob.training, mentions: ["mpirun"])
      }
    }

    /// With --for there is a crop for each process.
    @Test func theBatchThatATimeIsFittedToIsLargeEnough() throws {
      try withTemporaryFolder { folder in
        let network = [
          "--preset", "small", "--validation-share", "40", "--threads", "1", "--set", "sample_seconds=0.01",
        ]
        try ProcessJob.train(3, folder + "/run", ["--for", "3s"] + network)
        let settings = try RunRecord(checkpoint: RunFolder(folder + "/run").newestCheckpoint()).settings
        #expect(settings.plan.batchSize == 3)
      }
    }

    /// 42 of the fault matrix: all roll back together, to what the first one saved.
    @Test(arguments: ["f32", "bf16"]) func theyRollBackTogether(sums: String) throws {
      try withTemporaryFolder { folder in
        let options = ["--steps", "9", "--optimizer", "sgd", "--learning-rate", "1e30", "--clip", "0", "--quiet"]
        let (one, several) = (folder + "/one", folder + "/several")
        let alone = try Command.run(["train", Fixture.corpus, "-o", one] + ProcessJob.training + options)
        let together = try ProcessJob.start(
          ProcessJob.line(2, ["train", Fixture.corpus, "-o", several, "--sums", sums] + ProcessJob.training + options)
        ).end()
        #expect(alone.status == 70 && together.status == 70, "\(together.errors)")
        #expect(try RunFolder(several).steps() == RunFolder(one).steps())
      }
    }
  }

#else

  /// A build without MPI.
  @Suite struct SeveralProcessesTests {
    @Test func aLauncherIsNamed() throws {
      try withTemporaryFolder { folder in
        let end = try Child(
          Command.executable, ["train", Fixture.corpus, "-o", folder + "/run"],
          environment: ["OMPI_COMM_WORLD_SIZE": "2"]
        ).end()
        try expectFailure(69, end, mentions: ["the trait MPI"])
        #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
      }
    }
  }

#endif
