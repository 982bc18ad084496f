import Foundation
import Kodama
import TestSupport
import Testing

#if MPI

  /// Processes that take steps by themselves, or send their gradients without waiting for each other.
  @Suite struct CooperationTests {
    // MARK: Local steps

    /// The mean of the weights after one step each is the step of the mean gradient, where a step is proportional to that.
    @Test func oneLocalStepIsASharedOne() throws {
      try withTemporaryFolder { folder in
        let options = ["--steps", "3", "--optimizer", "sgd", "--learning-rate", "0.01", "--clip", "0"]
        let training = options + ProcessJob.training
        try ProcessJob.train(1, folder + "/one", training)
        try ProcessJob.train(2, folder + "/local", training + ["--mode", "local", "--local-steps", "1"])
        let (expected, found) = try (
          ProcessJob.weights(folder + "/one", step: 3), ProcessJob.weights(folder + "/local", step: 3)
        )
        #expect(ProcessJob.distance(found, expected) < 1e-6)
      }
    }

    @Test func localStepsAreRepeatedAndResumedToTheSameBits() throws {
      try withTemporaryFolder { folder in
        let training = ProcessJob.training + ["--mode", "local", "--local-steps", "3", "--checkpoint-every", "4"]
        let (whole, parts) = (folder + "/whole", folder + "/parts")
        try ProcessJob.train(3, whole, training + ["--steps", "8"])
        try ProcessJob.train(3, parts, training + ["--steps", "4"])
        try ProcessJob.train(3, parts, ["--resume", "--steps", "8"])
        #expect(try ProcessJob.files(parts, step: 8) == ProcessJob.files(whole, step: 8))
        try ProcessJob.train(3, folder + "/shared", ProcessJob.training + ["--steps", "8"])
        #expect(try ProcessJob.files(folder + "/shared", step: 8) != ProcessJob.files(whole, step: 8))
        #expect(try TrainingHistory(run: parts).validations == TrainingHistory(run: whole).validations)
      }
    }

    /// One that does not come to finite weights takes the others along at the next average, and all return.
    @Test func theyNoticeTogetherWhatIsNotFinite() throws {
      try withTemporaryFolder { folder in
        let options = ["--steps", "9", "--optimizer", "sgd", "--learning-rate", "1e30", "--clip", "0", "--quiet"]
        let line = ["train", Fixture.corpus, "-o", folder + "/run", "--mode", "local"] + ProcessJob.training + options
        let end = try ProcessJob.start(ProcessJob.line(2, line)).end()
        #expect(end.status == 70 && end.errors.contains("not finite"), "\(end.errors)")
      }
    }

    // MARK: Asynchronous steps

    /// A single process that computes gradients never comes late.
    @Test func oneWorkerComesToTheBitsOfOneProcess() throws {
      try withTemporaryFolder { folder in
        let (one, served) = (folder + "/one", folder + "/served")
        try ProcessJob.train(1, one, ProcessJob.training + ["--steps", "6"])
        try ProcessJob.train(2, served, ProcessJob.training + ["--steps", "6", "--mode", "asynchronous"])
        #expect(try ProcessJob.files(served, step: 6) == ProcessJob.files(one, step: 6))
        #expect(StalenessLog.counts(run: served) == [6])
        // The server goes on where it ended, with what it counted.
        try ProcessJob.train(2, served, ["--resume", "--steps", "9"])
        try ProcessJob.train(1, one, ["--resume", "--steps", "9"])
        #expect(try ProcessJob.files(served, step: 9) == ProcessJob.files(one, step: 9))
        #expect(StalenessLog.counts(run: served) == [9])
      }
    }

    @Test func aSlowWorkerIsLateAndKeepsNobodyWaiting() throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        let end = try ProcessJob.train(
          3, run,
          ProcessJob.training + [
            "--steps", "60", "--mode", "asynchronous", "--delay", "2=0.2s", "--learning-rate", "0.02",
          ])
        let counts = StalenessLog.counts(run: run)
        #expect(counts.reduce(0, +) == 60 && end.errors.contains("staleness"), "\(counts): \(end.errors)")
        // While the slow one pauses the other takes several steps, none of which is late.
        #expect(counts.count > 3 && counts[0] > 30, "\(counts)")
        let history = try TrainingHistory(run: run)
        let losses = history.steps.map(\.loss.value)
        #expect(losses.count == 60 && losses.suffix(10).reduce(0, +) < 0.9 * losses.prefix(10).reduce(0, +))
      }
    }

    /// Gradients of weights before a return to a checkpoint are not used: the server goes on, and ends as one process does.
    @Test(arguments: [2, 4]) func theServerReturnsToACheckpoint(processes: Int) throws {
      try withTemporaryFolder { folder in
        let options = ["--steps", "9", "--optimizer", "sgd", "--learning-rate", "1e30", "--clip", "0", "--quiet"]
        let line =
          ["train", Fixture.corpus, "-o", folder + "/run", "--mode", "asynchronous"] + ProcessJob.training + options
        let end = try ProcessJob.start(ProcessJob.line(processes, line)).end()
        #expect(end.status == 70 && end.errors.contains("not finite after 4 rollbacks"), "\(end.errors)")
      }
    }

    @Test func aStaleStepIsSmaller() throws {
      try withTemporaryFolder { folder in
        let options = ProcessJob.training + ["--steps", "30", "--mode", "asynchronous", "--optimizer", "sgd"]
        for (name, further) in [("aware", []), ("full", ["--ignore-staleness"])] {
          let run = folder + "/" + name
          try ProcessJob.train(4, run, options + further)
          let rates = try TrainingHistory(run: run).steps.map(\.learningRate)
          let most = try #require(rates.max())
          #expect(rates.contains { $0 < most } == further.isEmpty, "\(rates)")
        }
      }
    }

    @Test(arguments: [0, 2]) func aKilledProcessEndsTheJob(rank: Int) throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        let arguments = [
          "train", Fixture.corpus, "-o", run, "--steps", "1000000", "--checkpoint-every", "1", "--quiet",
        ]
        let (job, processes) = try ProcessJob.started(
          3, arguments + ProcessJob.training + ["--mode", "asynchronous"], in: folder)
        try job.wait(until: "its third checkpoint") { try (RunFolder(run).steps().last ?? 0) >= 3 }
        kill(processes[rank], SIGKILL)
        #expect(try job.end(within: 10).status != 0)
        let step = try #require(try RunFolder(run).steps().last)
        try ProcessJob.train(3, run, ["--resume", "--steps", "\(step + 2)", "--quiet"])
      }
    }

    @Test(arguments: [("local", 0), ("local", 1), ("asynchronous", 0), ("asynchronous", 1)])
    func aSignalToAnyOfThemSaves(mode: String, rank: Int) throws {
      try withTemporaryFolder { folder in
        let run = folder + "/run"
        let arguments = ["train", Fixture.corpus, "-o", run, "--steps", "1000000", "--checkpoint-every", "1000000"]
        let (job, processes) = try ProcessJob.started(
          3, arguments + ProcessJob.training + ["--mode", mode], in: folder)
        try job.wait(until: "steps") { ((try? bytes(run + "/metrics.jsonl")) ?? []).count > 300 }
        kill(processes[rank], SIGTERM)
        let end = try job.end(within: 20)
        #expect(end.status == 143 && end.errors.contains("saved"), "\(end.errors)")
        let step = try #require(try RunFolder(run).steps().last)
        #expect(step > 0)
        try ProcessJob.train(2, run, ["--resume", "--steps", "\(step + 1)", "--quiet"])
      }
    }

    @Test func whatNeedsMoreProcessesIsRefused() throws {
      try withTemporaryFolder { folder in
        let line = ["train", Fixture.corpus, "-o", folder + "/run", "--steps", "1"] + ProcessJob.training
        let alone = try ProcessJob.start(ProcessJob.line(1, line + ["--mode", "asynchronous"])).end()
        #expect(alone.status == 64 && alone.errors.contains("two processes"), "\(alone.errors)")
        for options in [["--mode", "local"], ["--delay", "1=1s"]] {
          try expectFailure(64, line + options, mentions: [options[0], "mpirun"])
        }
        for (options, mention) in [
          (["--mode", "asynchronous", "--delay", "0=1s"], "--delay 0"), (["--delay", "1s"], "rank"),
          (["--delay", "1=1"], "unit"), (["--local-steps", "4"], "--mode local"),
          (["--mode", "local", "--sums", "bf16"], "--sums"),
        ] {
          try expectFailure(64, line + options, mentions: [mention])
        }
      }
    }
  }

#endif
