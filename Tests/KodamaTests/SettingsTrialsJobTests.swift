import Foundation
import TestSupport
import Testing

@testable import Kodama

@Suite struct SettingsTrialsJobTests {
  private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = Sounds.settings
    settings.sampleRate = Sounds.sampleRate
    settings.plan.optimizer = .adam
    settings.steps = 36
    change(&settings)
    return settings
  }

  private func job(
    _ folder: String, run: String, _ texts: [String]? = ["learning_rate=1e-6,0.03,1e-5"],
    settings: TrainingSettings? = nil, resuming: Bool = false, workers: Workers = .serial
  ) throws -> SettingsTrialsJob {
    let base = settings ?? self.settings()
    return try SettingsTrialsJob(
      corpus: folder + "/corpus", run: folder + "/" + run, settings: base,
      tried: texts.map { try TriedSettings($0, of: base) }, effort: 0.5, resuming: resuming, workers: workers)
  }

  @Test func theRateThatLearnsIsChosen() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let job = try job(folder, run: "run")
      #expect(job.halving.rounds.map(\.pulls) == [3, 7] && job.halving.totalPulls == 17)
      let chosen = try #require(try job.choose())
      #expect(chosen.plan.learningRate == 0.03 && chosen.steps == 36 && chosen.plan.cosineSteps == 0)
      #expect(job.trials.map(\.isChosen) == [false, true, false])
      #expect(job.trials[1].steps == 7 && job.trials[1].measurements.map(\.steps) == [3, 7])
      // One of the two that hardly learn is given up.
      #expect(job.trials.map(\.steps).sorted() == [3, 7, 7])
      let bits = try job.trials.map { try #require($0.bitsPerSample) }
      #expect(bits[1] < bits[0] && bits[1] < bits[2] && bits.allSatisfy { $0 < 7 })
      #expect(try names(in: folder + "/run/trials") == ["1", "2", "3", "trials.json"])
      // No samples of audio, no event files.
      let found = try names(in: folder + "/run/trials/1")
      #expect(!found.contains("samples") && !found.contains { $0.hasPrefix("events") }, "\(found)")

      let json = try JSON(objectIn: folder + "/run/trials/trials.json")
      let trials = try #require(json["trials"]?.array)
      #expect(trials.map { $0["isChosen"]?.boolean } == [false, true, false])
      #expect(trials.map { $0["bitsPerSample"]?.double } == bits)
      #expect(trials[1]["settings"]?.array?.map(\.string) == ["plan.learning_rate=0.03"])

      // What was chosen trains the run.
      #expect(SettingsTrialsJob.areUnderWay(inRun: folder + "/run"))
      try TrainingJob(
        corpus: folder + "/corpus", run: folder + "/run", settings: chosen, index: job.index, workers: .serial
      ).train(until: .steps(2), writesTensorBoard: false)
      #expect(!SettingsTrialsJob.areUnderWay(inRun: folder + "/run"))
      #expect(try TrainingJob.settings(ofRun: folder + "/run").plan.learningRate == 0.03)
      #expect(throws: TrainingFault.runExists(run: folder + "/run")) { try self.job(folder, run: "run") }
    }
  }

  @Test func aTrialIsTheRunInShort() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let base = settings {
        ($0.plan.schedule, $0.plan.cosineSteps, $0.plan.warmUpSteps, $0.patience) = (.cosine, 36, 12, 1)
      }
      let chosen = try #require(try job(folder, run: "run", ["batch_size=1,2,3"], settings: base).choose())
      #expect(chosen.plan.cosineSteps == 36 && chosen.plan.warmUpSteps == 12 && chosen.patience == 1)
      let trials = try (1...3).map { try TrainingJob.settings(ofRun: folder + "/run/trials/\($0)") }
      for trial in trials {
        #expect(trial.steps == 7 && trial.plan.cosineSteps == 7 && trial.plan.warmUpSteps == 2)
        #expect(trial.validationSeconds == trials[0].validationSeconds && trial.patience == nil)
      }
      #expect(trials.map(\.plan.batchSize) == [1, 2, 3])
    }
  }

  @Test func threadsAndInterruptionsChangeNothing() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let whole = try job(folder, run: "whole")
      let chosen = try #require(try whole.choose())
      let threads = try job(folder, run: "threads", workers: Workers(threads: 3))
      #expect(try threads.choose() == chosen && threads.trials == whole.trials)
      // In the middle of a trial, between two, and in a later round; the settings and what is tried are stored.
      var (asked, sessions) = (0, 0)
      var parts = try job(folder, run: "parts")
      while true {
        asked = 0
        let found = try parts.choose(shouldStop: {
          asked += 1
          return asked > 4
        })
        if let found {
          #expect(found == chosen)
          break
        }
        sessions += 1
        try #require(sessions < 20)
        let stored = try SettingsTrialsJob.settings(ofRun: folder + "/parts")
        parts = try job(folder, run: "parts", nil, settings: stored, resuming: true)
      }
      #expect(sessions > 2 && parts.trials == whole.trials)
      for number in 1...3 {
        let steps = whole.trials[number - 1].steps
        let path = "/trials/\(number)/checkpoints/step-\(steps)/model.safetensors"
        #expect(try bytes(folder + "/whole" + path) == bytes(folder + "/parts" + path))
      }
      // All is measured: nothing is trained again.
      let again = try job(folder, run: "whole", resuming: true)
      #expect(try again.choose(shouldStop: { true }) == chosen)
    }
  }

  /// As after a crash between a validation and its record.
  @Test func aMeasurementThatWasNotRecordedIsReadFromTheLog() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let job = try job(folder, run: "run")
      let path = folder + "/run/trials/trials.json"
      let first = try bytes(path)
      let chosen = try #require(try job.choose())
      try write(first, to: path)
      let again = try self.job(folder, run: "run", resuming: true)
      #expect(again.trials.allSatisfy { $0.steps == 0 })
      #expect(try again.choose() == chosen)
      #expect(again.trials.map(\.isChosen) == job.trials.map(\.isChosen))
    }
  }

  @Test func aTrialThatDivergesIsTheWorst() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let base = settings {
        ($0.plan.optimizer, $0.plan.clipNorm, $0.checkpointInterval) = (.sgd, 0, 1)
      }
      let job = try job(folder, run: "run", ["learning_rate=1e30,0.01"], settings: base)
      var measured: [Int] = []
      let chosen = try job.choose(progress: {
        if case .measured(let trial) = $0 { measured.append(trial.number) }
      })
      #expect(chosen?.plan.learningRate == 0.01 && measured == [1, 2])
      #expect(job.trials.map(\.isDiverged) == [true, false] && job.trials[0].bitsPerSample == nil)
      // The same in the record, read again.
      #expect(try self.job(folder, run: "run", nil, settings: base, resuming: true).trials == job.trials)
      #expect(throws: JobFault.trialsDiverged(count: 2)) {
        try self.job(folder, run: "bad", ["learning_rate=1e30,1e29"], settings: base).choose()
      }
    }
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      #expect(throws: JobFault.nothingHeldOut) {
        try self.job(folder, run: "a", settings: self.settings { $0.validationPercent = 0 })
      }
      #expect { try self.job(folder, run: "b", settings: self.settings { $0.steps = 0 }) } throws: {
        guard case TrainingFault.badPlan("steps", _) = $0 else { return false }
        return true
      }
      #expect(throws: TrainingFault.noRun(run: folder + "/c")) { try self.job(folder, run: "c", resuming: true) }
    }
  }

  @Test func otherTrialsAreNotContinued() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      _ = try job(folder, run: "run")
      func refused(_ mention: String, _ texts: [String]? = nil, _ settings: TrainingSettings? = nil) {
        #expect { try self.job(folder, run: "run", texts, settings: settings, resuming: true) } throws: {
          guard case JobFault.trialsChanged(_, let what) = $0 else { return false }
          return what.joined().contains(mention)
        }
      }
      refused("other settings", ["learning_rate=1e-6,0.03"])
      refused("batch size was 2, is 3", nil, settings { $0.plan.batchSize = 3 })
      refused("steps were 36, are 40", nil, settings { $0.steps = 40 })
      try Sounds.write(folder + "/corpus/more.wav", samples: 500, seed: 9)
      refused("another corpus")
    }
  }

  @Test(arguments: ["{", "{}", #"{"run": 3}"#]) func aDamagedRecordIsNamed(text: String) throws {
    try withTemporaryFolder { folder in
      try write(text.utf8, to: folder + "/run/trials/trials.json")
      #expect { try SettingsTrialsJob.settings(ofRun: folder + "/run") } throws: {
        guard case JobFault.badTrials(let path, _) = $0 else { return false }
        return path == folder + "/run/trials/trials.json"
      }
    }
  }
}
