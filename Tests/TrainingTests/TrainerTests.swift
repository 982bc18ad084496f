import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct TrainerTests {
  private func elements(_ parameters: Parameters<Float>) -> [Float] {
    parameters.names.flatMap { parameters[$0].elements }
  }

  @Test func theBitsAreTheSameWhateverTheThreads() throws {
    // Sequences long enough that every loop over rows has several parts.
    func train(threads: Int) throws -> [Float] {
      try withTemporaryFolder { folder in
        var session = Session { $0.batchSize = 4 }
        session.corpus = NoiseCorpus(lengths: [700, 700, 500, 700, 700], length: 700)
        session.workers = Workers(threads: threads)
        return elements(try session.train(in: folder, until: .steps(5)).state.parameters)
      }
    }
    let serial = try train(threads: 1)
    #expect(try train(threads: 2) == serial)
    #expect(try train(threads: 5) == serial)
  }

  @Test func theLossFalls() throws {
    try withTemporaryFolder { folder in
      // One class only, which is soon known.
      var session = Session()
      session.corpus.isConstant = true
      let heard = try session.train(in: folder, until: .steps(30)).heard
      let (first, last) = (try #require(heard.steps.first), try #require(heard.steps.last))
      #expect(last.bitsPerSample < 0.3 * first.bitsPerSample)
      #expect(heard.steps.map(\.step) == Array(1...30))
    }
  }

  @Test func batchesAddedUpMakeTheStepOfOneLargeBatch() throws {
    // Sequences of 1 to 20 valid codes, so that the mean of means would not do.
    func train(batch: Int, accumulation: Int, examplesPerPass: Int = .max) throws -> Session.End {
      try withTemporaryFolder { folder in
        var session = Session {
          $0.optimizer = .sgd
          $0.learningRate = 0.5
          ($0.batchSize, $0.accumulation) = (batch, accumulation)
        }
        session.task.examplesPerPass = examplesPerPass
        return try session.train(in: folder, until: .steps(4))
      }
    }
    let whole = try train(batch: 8, accumulation: 1)
    // Passes of 4, of 2 or 3, and of 1 example.
    for parts in [
      try train(batch: 4, accumulation: 2), try train(batch: 8, accumulation: 1, examplesPerPass: 3),
      try train(batch: 4, accumulation: 2, examplesPerPass: 1),
    ] {
      #expect(whole.state.examplesDrawn == 32 && parts.state.examplesDrawn == 32)
      for name in whole.state.parameters.names {
        expectClose(parts.state.parameters[name], whole.state.parameters[name], tolerance: 2e-6, name)
      }
      for (a, b) in try paired(whole.heard.steps, parts.heard.steps) {
        #expect(abs(a.bitsPerSample - b.bitsPerSample) < 1e-5)
        #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-5)
        #expect(a.epoch == b.epoch)
      }
    }
  }

  @Test func gradientsAreClippedToTheirNorm() throws {
    func change(clip: Double) throws -> (moved: Double, norm: Double) {
      try withTemporaryFolder { folder in
        let session = Session {
          $0.optimizer = .sgd
          $0.learningRate = 1
          $0.clipNorm = clip
        }
        let before = TrainingState(declarations: session.task.declarations, plan: session.plan).parameters
        let end = try session.train(in: folder, until: .steps(1))
        let squares = try paired(elements(end.state.parameters), elements(before)).reduce(0.0) {
          $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
        }
        return (squares.squareRoot(), try #require(end.heard.steps.first).gradientNorm)
      }
    }
    let free = try change(clip: 0)
    #expect(abs(free.moved - free.norm) < 1e-5)
    let clipped = try change(clip: free.norm / 4)
    #expect(abs(clipped.moved - free.norm / 4) < 1e-5)
    #expect(clipped.norm == free.norm)
  }

  @Test func theRateOfEachStepIsThatOfTheSchedule() throws {
    try withTemporaryFolder { folder in
      let session = Session {
        $0.learningRate = 0.1
        $0.warmUpSteps = 4
        $0.schedule = .step
        $0.decaySteps = 2
      }
      let rates = try session.train(in: folder, until: .steps(8)).heard.steps.map(\.learningRate)
      #expect(rates == (0..<8).map(session.plan.learningRates.rate))
      #expect(rates.map { ($0 * 1000).rounded() } == [25, 50, 75, 100, 100, 100, 50, 50])
    }
  }

  @Test func noStepsSaveTheBeginning() throws {
    try withTemporaryFolder { folder in
      let end = try Session().train(in: folder, until: .steps(0))
      #expect(end.outcome == .completed)
      #expect(try RunFolder(folder).steps() == [0])
      #expect(try RunFolder(folder).newestCheckpoint() == folder + "/checkpoints/step-0")
    }
  }

  @Test func aTimeLimitEndsTheRunAndSaves() throws {
    try withTemporaryFolder { folder in
      let clock = ContinuousClock()
      let start = clock.now
      let end = try Session().train(in: folder, until: .duration(.milliseconds(30)))
      let elapsed = start.duration(to: clock.now)
      #expect(end.outcome == .completed)
      #expect(end.state.step > 0)
      // Steps alone count, and what follows the last of them may reach the limit.
      #expect(elapsed >= .milliseconds(30) && end.state.seconds > 0 && .seconds(end.state.seconds) <= elapsed)
      let expected = RunFolder(folder).checkpointPath(step: end.state.step)
      #expect(try RunFolder(folder).newestCheckpoint() == expected)
    }
  }

  @Test func anInterruptedRunIsSavedWhereItStands() throws {
    try withTemporaryFolder { folder in
      let listener = Session.Listener()
      let end = try Session().train(in: folder, until: .steps(1000), listener: listener) { listener.steps.count == 7 }
      #expect(end.outcome == .interrupted)
      #expect(end.state.step == 7)
      #expect(try RunFolder(folder).newestCheckpoint() == folder + "/checkpoints/step-7")
    }
  }

  @Test func theNewestCheckpointsStay() throws {
    try withTemporaryFolder { folder in
      var session = Session()
      session.checkpointInterval = 2
      try session.train(in: folder, until: .steps(9))
      #expect(try RunFolder(folder).steps() == [6, 8, 9])
      #expect(try String(decoding: bytes(folder + "/latest"), as: UTF8.self) == "step-9\n")
      #expect(try names(in: folder + "/checkpoints") == ["step-6", "step-8", "step-9"])
      session.keptCheckpoints = 1
      try session.train(in: folder, resuming: true, until: .steps(10))
      #expect(try RunFolder(folder).steps() == [10])
    }
  }

  @Test func tasksAreDoneAtTheirStepsAndOnceAtTheEnd() throws {
    func steps(until end: Int, atEnd: Bool) throws -> [Int] {
      try withTemporaryFolder { folder in
        var session = Session()
        session.work = [
          PeriodicWork(every: 3, atEnd: atEnd) {
            try $1(.validation(ValidationReport(step: $0.step, raw: 1, average: nil)))
          }
        ]
        return try session.train(in: folder, until: .steps(end)).heard.events.compactMap {
          if case .validation(let report) = $0 { report.step } else { nil }
        }
      }
    }
    #expect(try steps(until: 7, atEnd: true) == [3, 6, 7])
    #expect(try steps(until: 6, atEnd: true) == [3, 6])
    #expect(try steps(until: 7, atEnd: false) == [3, 6])
  }

  private struct Gone: Error {}

  /// Whatever fails, the steps that were taken are saved, and training goes on from them to the same bits.
  @Test(arguments: ["source", "work", "observer"]) func theStepsBeforeAFailureAreSaved(where place: String) throws {
    final class Failing: TrainingObserver {
      func trainingDid(_ event: TrainingEvent) throws {
        if case .step(let report) = event, report.step == 7 { throw Gone() }
      }
    }
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      var session = Session()
      switch place {
      // In the middle of the eighth step's batch.
      case "source": session.source = NoiseBatches(session.corpus) { if $0 == 15 { throw Gone() } }
      case "work": session.work = [PeriodicWork(every: 7) { _, _ in throw Gone() }]
      default: session.observers = [Failing()]
      }
      #expect(throws: Gone.self) { try session.train(in: run, until: .steps(20)) }
      #expect(try RunFolder(run).steps() == [0, 7])
      session = Session()
      let resumed = try session.train(in: run, resuming: true, until: .steps(12)).state
      let whole = try session.train(in: folder + "/whole", until: .steps(12)).state
      #expect(elements(resumed.parameters) == elements(whole.parameters))
      #expect(resumed.examplesDrawn == whole.examplesDrawn)
    }
  }
}
