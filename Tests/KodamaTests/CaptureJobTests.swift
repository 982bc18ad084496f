import Foundation
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaAmplifierTraining

/// Training on a pair as a job.
@Suite struct CaptureJobTests {
  /// A pair of fifteen seconds.
  private static let pair: (dry: [Float], wet: [Float]) = {
    let demo = DemoPair(minutes: 0.25)
    let dry = demo.dry(workers: .serial)
    return (dry, demo.wet(of: dry))
  }()

  private static let files = ["model.safetensors", "trainer.safetensors"]

  private func state(_ run: String, step: Int) throws -> [[UInt8]] {
    try Self.files.map { try bytes(run + "/checkpoints/step-\(step)/" + $0) }
  }

  /// A job on files in the folder, which are made where they do not exist.
  private func job(
    _ folder: String, run: String, resuming: Bool = false, allowChanges: Bool = false, workers: Workers = .serial,
    from initialModel: AmplifierModel? = nil, plan: TimedCapture? = nil,
    _ change: (inout CaptureSettings) -> Void = { _ in }
  ) throws -> CaptureJob {
    let paths = ["dry.wav", "wet.wav"].map { folder + "/" + $0 }
    for (path, samples) in zip(paths, [Self.pair.dry, Self.pair.wet]) where !AtomicFile.exists(path) {
      try AudioWriter.write(
        Waveform(samples, sampleRate: DemoPair.sampleRate), to: path, encoding: AudioEncoding(.wav, .float32),
        existing: .refuse)
    }
    var settings = CaptureSettings()
    (settings.preset, settings.validationSeconds, settings.cropSamples) = (.nano, 2, 4096)
    (settings.plan.batchSize, settings.epochs) = (4, 0.2)
    change(&settings)
    return try CaptureJob(
      dry: paths[0], wet: paths[1], run: folder + "/" + run, settings: settings, resuming: resuming,
      allowChanges: allowChanges, initialModel: initialModel, plan: plan, workers: workers)
  }

  /// The distance of spectra is relative to the target's: over a crop of silence alone it has no measure.
  @Test(arguments: AmplifierPreset.allCases) func aStandardBatchIsOnePass(_ preset: AmplifierPreset) {
    let settings = CaptureSettings(preset)
    let task = CaptureTask(
      preset, record: CaptureRecord(settings: settings, steps: 1, pair: StableHash("")), sampleRate: 48_000)
    #expect(task.examplesPerPass >= settings.plan.batchSize)
  }

  /// The first seconds of the recording are silent; their crops have no share in the gradient.
  @Test func silenceIsNoReasonForLargeGradients() throws {
    try withTemporaryFolder { folder in
      let (samples, silent) = (Self.pair, 3 * DemoPair.sampleRate)
      for (name, sound) in [("dry.wav", samples.dry), ("wet.wav", samples.wet)] {
        try AudioWriter.write(
          Waveform(Array(repeating: 0, count: silent) + sound, sampleRate: DemoPair.sampleRate),
          to: folder + "/" + name, encoding: AudioEncoding(.wav, .float32), existing: .refuse)
      }
      let job = try job(folder, run: "run") { $0.plan.batchSize = 16 }
      try job.train()
      let norms = try TrainingHistory(run: folder + "/run").steps.map(\.gradientNorm)
      #expect(norms.count == job.steps)
      for norm in norms { #expect(norm < 0.1) }
    }
  }

  @Test func theErrorFallsAndTheModelPlays() throws {
    try withTemporaryFolder { folder in
      let job = try job(folder, run: "run") { ($0.epochs, $0.plan.learningRate) = (3, 0.02) }
      #expect(job.analysis.latency == 240)
      #expect(try job.train() == .completed)
      let history = try TrainingHistory(run: folder + "/run")
      let first = try #require(history.steps.first?.values.first { $0.measure.name == "errorToSignal" })
      let best = try #require(job.best)
      #expect(best.loss < 0.6 * first.value && best.loss < 0.6, "\(first.value) and \(best.loss)")
      #expect(AtomicFile.exists(folder + "/run/" + CaptureJob.pictureName))
      // Old checkpoints are removed, with all of their files.
      let kept = try RunFolder(folder + "/run").steps()
      #expect(!kept.contains(0) && kept.count <= 4, "\(kept)")
      // What is measured is what the model of the run plays.
      let model = try AmplifierModel.load(folder + "/run")
      #expect(model.sampleRate == 48_000)
      let (dry, wet) = (job.analysis.dryRange, job.analysis.wetRange)
      let played = AmplifierProcessor(model).process(Array(Self.pair.dry[dry]))
      let ratio = SquaredErrors(played.suffix(96_000), Self.pair.wet[wet].suffix(96_000)).ratio
      #expect(abs(ratio - best.loss) < 1e-5, "\(ratio) and \(best.loss)")
      // A .nam file has the same weights.
      try model.write(to: folder + "/amp.nam")
      #expect(try AmplifierModel.load(folder + "/amp.nam").weights == model.weights)
    }
  }

  @Test func thePageHasTheEndOfTheRecordings() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let job = try job(folder, run: "run") { $0.steps = 3 }
      try job.train()
      let (best, report) = (try #require(job.best), try RunReportJob(run: run).report)
      let comparison = try #require(report.comparison)
      #expect(comparison.sides.map(\.heading) == ["Dry", "Wet", "Model"])
      let sounds = try comparison.sides.map { try $0.sound.open() }
      #expect(sounds.map(\.frames) == [96_000, 96_000, 96_000])
      // What is played is what was measured.
      let ratio = SquaredErrors(
        try sounds[2].samples(in: 0..<96_000)[0], try sounds[1].samples(in: 0..<96_000)[0]
      ).ratio
      #expect(abs(ratio - best.loss) < 1e-6, "\(ratio) and \(best.loss)")
      #expect(comparison.facts[0].value.hasPrefix(String(format: "%.5f", best.loss)))
      let picture = try bytes(run + "/pair.png")
      #expect(report.figures.count == 1 && report.figures[0].png == picture)
      #expect(report.samples.map(\.name) == ["Step 3"])
      #expect(report.facts.contains { $0.name == "Best error to signal" })
      #expect(report.facts.contains(ReportFact("Parameters", "\(job.parameterCount)")))
      #expect(report.settings.map(\.title) == ["Network", "Training"])
      try report.write(to: folder + "/page.html", existing: .refuse, workers: .serial)
      let page = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
      for part in ["The end of the recordings", "The loudest moment", "Both recordings", "Difference", "amp-nano"] {
        #expect(page.contains(part), "\(part)")
      }
      #expect(page.components(separatedBy: "<audio").count == 5)
      // The files alone are a pair, whose end is scored as in training.
      try FileManager.default.removeItem(atPath: run + "/pair.png")
      let pair = try #require(
        try HeldOutPair(folder: run + "/held-out", lookback: 0, preEmphasis: 0.85))
      #expect(pair.dry.frames == pair.wet.frames && pair.wet.frames > 96_000)
      // A damaged sound is left out with a warning, a missing one without.
      try TestSupport.write("no sound".utf8, to: run + "/held-out/wet.wav")
      let damaged = try RunReportJob(run: run)
      #expect(damaged.report.comparison.map { _ in 1 } == nil)
      #expect(damaged.warnings.contains { $0.contains("held-out/wet.wav") } && damaged.report.figures.isEmpty)
      try FileManager.default.removeItem(atPath: run + "/held-out/wet.wav")
      #expect(try RunReportJob(run: run).warnings.isEmpty)
      // Two runs on one page have their settings side by side.
      try self.job(folder, run: "other") { ($0.steps, $0.plan.seed) = (2, 9) }.train()
      let page2 = try RunComparisonJob(runs: [run, folder + "/other"]).comparison
      #expect(page2.differences.map(\.name).contains("plan.seed") && page2.common.map(\.name).contains("crop_samples"))
    }
  }

  @Test func interruptionResumptionAndThreadsChangeNoBit() throws {
    try withTemporaryFolder { folder in
      let whole = try job(folder, run: "whole")
      try whole.train()
      let steps = whole.steps
      try #require(steps >= 4)
      var calls = 0
      let outcome = try job(folder, run: "parts", workers: Workers(threads: 2)).train {
        calls += 1; return calls > 2
      }
      #expect(outcome == .interrupted)
      let rest = try job(folder, run: "parts", resuming: true)
      #expect(rest.firstStep > 0 && rest.firstStep < steps)
      try rest.train()
      #expect(try state(folder + "/parts", step: steps) == state(folder + "/whole", step: steps))
    }
  }

  @Test func aRecurrentNetworkLearnsToo() throws {
    try withTemporaryFolder { folder in
      let job = try job(folder, run: "run") {
        $0 = CaptureSettings(.recurrent)
        ($0.validationSeconds, $0.cropSamples, $0.plan.batchSize, $0.epochs) = (2, 4096, 4, 2)
      }
      try job.train()
      let best = try #require(job.best)
      #expect(best.loss < 0.9, "\(best.loss)")
      let model = try AmplifierModel.load(folder + "/run")
      #expect(model.architecture == AmplifierPreset.recurrent.architecture)
    }
  }

  @Test func aRunStartsFromAnotherModel() throws {
    try withTemporaryFolder { folder in
      let first = try job(folder, run: "first") { $0.steps = 20 }
      #expect(first.steps == 20)
      try first.train()
      let (model, loss) = (try AmplifierModel.load(folder + "/first"), try #require(first.best).loss)
      // A rate that changes nothing.
      let second = try job(folder, run: "second", from: model) { ($0.steps, $0.plan.learningRate) = (2, 1e-12) }
      try second.train()
      #expect(abs(try #require(second.best).loss - loss) < 1e-5)
      #expect(loss < 0.97, "\(loss) is that of random weights")
      let fault = try #require(throws: TrainingFault.self) {
        try job(folder, run: "third", from: model) { $0.preset = .feather }
      }
      #expect("\(fault)".contains("initial model"), "\(fault)")
      let other = AmplifierModel(model.architecture, weights: model.weights, sampleRate: 44_100)
      let rate = try #require(throws: TrainingFault.self) { try job(folder, run: "third", from: other) }
      #expect("\(rate)".contains("44100"), "\(rate)")
      #expect(!AtomicFile.exists(folder + "/third"))
    }
  }

  @Test func stepsAreFittedToATimeAndRecorded() throws {
    try withTemporaryFolder { folder in
      // A run is locked as long as its job is there.
      func interrupted() throws -> CaptureSettings {
        let job = try job(folder, run: "run", plan: TimedCapture(.milliseconds(1500)) { $0.plan.clipNorm = 3 })
        #expect(job.steps == job.settings.steps)
        var calls = 0
        try job.train {
          calls += 1; return calls > 1
        }
        return job.settings
      }
      let fitted = try interrupted()
      let steps = try #require(fitted.steps)
      #expect(fitted.plan.schedule == .cosine && fitted.plan.cosineSteps == steps && fitted.plan.clipNorm == 3)
      // The record decides, not the speed of the machine that resumes.
      #expect(try CaptureJob.settings(ofRun: folder + "/run") == fitted)
      let rest = try job(folder, run: "run", resuming: true, plan: TimedCapture(.seconds(1000))) { $0 = fitted }
      #expect(rest.steps == steps)
    }
  }

  @Test func changesAreRefused() throws {
    try withTemporaryFolder { folder in
      try job(folder, run: "run").train()
      #expect(throws: TrainingFault.self) { try job(folder, run: "run") }
      let fault = try #require(throws: TrainingFault.self) {
        try job(folder, run: "run", resuming: true) { $0.plan.batchSize = 5 }
      }
      #expect("\(fault)".contains("plan"), "\(fault)")
      _ = try job(folder, run: "run", resuming: true, allowChanges: true) { $0.plan.batchSize = 5 }
      #expect(try CaptureJob.settings(ofRun: folder + "/run").preset == .nano)
    }
  }

  @Test func wrongSettingsAreNamed() throws {
    try withTemporaryFolder { folder in
      for (change, name) in [
        ({ $0.cropSamples = 10 }, "crop"), ({ $0.epochs = 0 }, "epochs"), ({ $0.validationSeconds = 0 }, "validation"),
        ({ $0.loss.preEmphasis = 1 }, "pre"), ({ $0.plan.learningRate = -1 }, "learning"),
      ] as [((inout CaptureSettings) -> Void, String)] {
        let fault = try #require(throws: TrainingFault.self) { try job(folder, run: "run", change) }
        #expect("\(fault)".contains(name), "\(fault)")
      }
      #expect(!AtomicFile.exists(folder + "/run"))
    }
  }
}
