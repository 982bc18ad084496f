import Foundation
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaReports
@testable import KodamaTuning

/// Tuning as a job.
@Suite struct TuningJobTests {
  private static let files = ["model.safetensors", "trainer.safetensors", "auxiliary.safetensors"]

  private final class Listener: TrainingObserver {
    private(set) var events: [TrainingEvent] = []

    func trainingDid(_ event: TrainingEvent) { events.append(event) }
  }

  private func state(_ run: String, step: Int) throws -> [[UInt8]] {
    try Self.files.map { try bytes(run + "/checkpoints/step-\(step)/" + $0) }
  }

  /// A job on the model of `folder/model`, which is made where it does not exist.
  private func job(
    _ folder: String, run: String, rewards: [String] = ["-1*brightness"], resuming: Bool = false,
    allowChanges: Bool = false, validation: String? = nil, workers: Workers = .serial,
    _ change: (inout TuningSettings) -> Void = { _ in }
  ) throws -> TuningJob {
    let model = folder + "/model"
    if !Folder.exists(model) { try Sounds.model().save(to: model) }
    var settings = TuningSettings(rewards: rewards)
    (settings.soundSeconds, settings.plan.batchSize, settings.plan.learningRate) = (0.05, 8, 0.01)
    change(&settings)
    return try TuningJob(
      model: model, run: folder + "/" + run, settings: settings, validationFolder: validation, resuming: resuming,
      allowChanges: allowChanges, workers: workers)
  }

  @Test func theRewardRises() throws {
    try withTemporaryFolder { folder in
      try job(folder, run: "run") { ($0.divergenceTarget, $0.plan.batchSize) = (nil, 16) }.tune(until: .steps(40))
      let history = try TrainingHistory(run: folder + "/run")
      let rewards = history.steps.map(\.loss.value)
      #expect(rewards.count == 40)
      let (first, last) = (rewards.prefix(5).reduce(0, +) / 5, rewards.suffix(5).reduce(0, +) / 5)
      // Noise of half of the rate has a centroid of about 2,000 Hz.
      #expect(first < -1500 && last > first + 300, "\(first) and \(last)")
      let divergence = try #require(history.steps.last?.values[1])
      #expect(divergence.measure.name == "divergence" && divergence.value > 1)
      // The model of the run is the tuned one.
      let tuned = try WaveNetModel.load(folder + "/run")
      #expect(tuned.parameters.names == Sounds.model().parameters.names)
      #expect(tuned.parameters.fingerprint != Sounds.model().parameters.fingerprint)
    }
  }

  @Test func theDivergenceIsHeldNearItsTarget() throws {
    try withTemporaryFolder { folder in
      func divergence(_ target: Double?) throws -> Double {
        let run = "run-\(target ?? 0)"
        try job(folder, run: run) { ($0.divergenceTarget, $0.divergenceFactor) = (target, 3) }.tune(until: .steps(40))
        let values = try TrainingHistory(run: folder + "/" + run).steps.suffix(10).map { $0.values[1].value }
        return values.reduce(0, +) / 10
      }
      let (held, free) = (try divergence(2), try divergence(nil))
      #expect(held > 0 && held < free / 2, "\(held) and \(free)")
    }
  }

  @Test func threadsAndInterruptionsChangeNoBit() throws {
    try withTemporaryFolder { folder in
      try job(folder, run: "whole").tune(until: .steps(6))
      try job(folder, run: "threads", workers: Workers(threads: 3)).tune(until: .steps(6))
      try job(folder, run: "parts").tune(until: .steps(2))
      var taken = 0
      let outcome = try job(folder, run: "parts", resuming: true, workers: Workers(threads: 2)).tune(until: .steps(6)) {
        taken += 1
        return taken > 2
      }
      #expect(outcome == .interrupted)
      let rest = try job(folder, run: "parts", resuming: true)
      #expect(rest.firstStep == 4)
      try rest.tune(until: .steps(6))
      let whole = try state(folder + "/whole", step: 6)
      #expect(try state(folder + "/threads", step: 6) == whole && state(folder + "/parts", step: 6) == whole)
    }
  }

  @Test func whatIsMeasuredIsInTheLogAndTheReport() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let listener = Listener()
      let job = try job(folder, run: "run", validation: folder + "/corpus") {
        ($0.validationInterval, $0.sampleInterval, $0.checkpointInterval) = (2, 3, 4)
      }
      let before = try #require(try job.validateStart())
      #expect(before.measure.name == "bitsPerSample" && before.value > 0)
      try job.tune(until: .steps(4), observers: [listener])
      let history = try TrainingHistory(run: folder + "/run")
      #expect(history.measures == .ofTuning && history.steps.count == 4)
      #expect(history.validations.map(\.step) == [2, 4])
      #expect(history.validations.map { $0.weights.map(\.measure.name) } == [["bitsPerSample"], ["bitsPerSample"]])
      #expect(history.samples.map(\.step) == [3, 4])
      // No checkpoint is better than another for its bits.
      #expect(!listener.events.contains { if case .best = $0 { true } else { false } })
      let report = try RunReportJob(run: folder + "/run").report
      let titles = report.charts.map(\.title)
      for title in ["Training reward", "Training divergence", "Training entropy", "Validation bits per sample"] {
        #expect(titles.contains(title), "\(titles)")
      }
      #expect(report.facts.contains { $0.name == "Reward of the last batch" })
      let events = try TensorBoardEvents.read(folder + "/run").flatMap { $0 }
      let tags = Set(events.flatMap { event in event.summary.value.map { value in value.tag } })
      for tag in ["reward/train", "divergence/train", "entropy/train", "bits-per-sample/validation"] {
        #expect(tags.contains(tag), "\(tags)")
      }
    }
  }

  @Test func aRunIsResumedAsItWas() throws {
    try withTemporaryFolder { folder in
      try job(folder, run: "run").tune(until: .steps(2))
      #expect(throws: TrainingFault.runExists(run: folder + "/run")) { try job(folder, run: "run") }
      let fault = try #require(throws: TrainingFault.self) {
        try job(folder, run: "run", resuming: true) { $0.discount = 0.5 }
      }
      #expect("\(fault)".contains("discount was 1, is 0.5"), "\(fault)")
      try job(folder, run: "run", resuming: true, allowChanges: true) { $0.discount = 0.5 }.tune(until: .steps(3))
      #expect(try TuningJob.settings(ofRun: folder + "/run").discount == 0.5)
      // More steps and other intervals change nothing of what was done.
      _ = try job(folder, run: "run", resuming: true) {
        ($0.discount, $0.steps, $0.validationInterval) = (0.5, 9, 7)
      }
      // Another model under the same name.
      try WaveNetModel(sampleRate: Sounds.sampleRate, configuration: Sounds.configuration, seed: 5).save(
        to: folder + "/model", existing: .replace)
      #expect(throws: TuningFault.otherModel(run: folder + "/run", model: folder + "/model")) {
        try job(folder, run: "run", resuming: true) { $0.discount = 0.5 }
      }
    }
  }

  @Test func aRewardThatFailsKeepsTheRun() throws {
    try withTemporaryFolder { folder in
      // The program fails at its third call.
      let counter = folder + "/calls"
      let command = "echo x >> \(counter); [ $(wc -l < \(counter)) -lt 3 ] || exit 9; for f in \"$@\"; do echo 1; done"
      let rewards = ["program=" + command]
      let fault = try #require(throws: TuningFault.self) {
        try job(folder, run: "run", rewards: rewards).tune(until: .steps(6))
      }
      #expect("\(fault)".contains("status 9"))
      // Two steps were taken, and are saved.
      #expect(try RunFolder(folder + "/run").newestStep() == 2)
      try Foundation.FileManager.default.removeItem(atPath: counter)
      let resumed = try job(folder, run: "run", rewards: rewards, resuming: true)
      #expect(resumed.firstStep == 2)
    }
  }

  @Test func labelsAreRewardedByAClassifier() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/corpus", takes: 0..<2)
      var settings = ClassifierSettings(labels: ["pitch"])
      (settings.epochs, settings.network.width, settings.plan.batchSize) = (1, 0.25, 4)
      try ClassifierTrainingJob(
        corpus: folder + "/corpus", run: folder + "/classifier", settings: settings, labels: Tones.labels,
        workers: .serial
      ).train(writesTensorBoard: false)
      let classifier = folder + "/classifier"
      try job(folder, run: "run", rewards: ["label=pitch=low", "0.5*label=pitch=high"]) {
        ($0.classifier, $0.soundSeconds) = (classifier, 0.3)
      }.tune(until: .steps(1))
      let reward = try #require(try TrainingHistory(run: folder + "/run").steps.first?.loss.value)
      #expect((0...1).contains(reward))
      func problem(_ reward: String) throws -> String {
        let fault = try #require(throws: TuningFault.self) {
          _ = try job(folder, run: "x", rewards: [reward]) { $0.classifier = classifier }
        }
        return "\(fault)"
      }
      #expect(try problem("label=digit=3").contains("has no label set digit; it has pitch"))
      #expect(try problem("label=pitch=deep").contains("has no pitch deep; it has high, low, middle"))
      #expect(!Folder.exists(folder + "/x"))
      // A model that is not conditioned has no labels of its own.
      let fault = try #require(throws: TuningFault.self) {
        try job(folder, run: "own", rewards: ["label=pitch"]) { $0.classifier = classifier }.tune(until: .steps(1))
      }
      #expect("\(fault)".contains("no label of the set pitch"), "\(fault)")
    }
  }

  @Test func soundsHaveTheLabelsThatAreGiven() throws {
    try withTemporaryFolder { folder in
      var configuration = Sounds.configuration
      configuration.conditioning.labels = [LabelSet("digit", ["1", "2", "3"]), LabelSet("voice", ["a", "b"])]
      try WaveNetModel(sampleRate: Sounds.sampleRate, configuration: configuration, seed: 1).save(to: folder + "/model")
      try job(folder, run: "run") { $0.labels = ["digit=2/3"] }.tune(until: .steps(1))
      let sample = try #require(try TrainingSample.all(run: folder + "/run").first)
      #expect(sample.words.count == 2)
      #expect(throws: (any Error).self) { try job(folder, run: "other") { $0.labels = ["digit=4"] } }
    }
  }

  @Test func settingsAreChecked() throws {
    try withTemporaryFolder { folder in
      let cases: [(rewards: [String], word: String, change: (inout TuningSettings) -> Void)] = [
        (["silence"], "discount", { $0.discount = 1.5 }), (["silence"], "discount", { $0.discount = .nan }),
        (["silence"], "seconds", { $0.soundSeconds = 0 }), (["silence"], "divergence", { $0.divergenceTarget = -1 }),
        (["silence"], "at least 2", { $0.plan.batchSize = 1 }), ([], "reward", { _ in }),
        (["voiced"], "voiced-share", { _ in }),
      ]
      for (rewards, word, change) in cases {
        let fault = try #require(throws: (any Error).self) {
          _ = try job(folder, run: "x", rewards: rewards, change)
        }
        #expect("\(fault)".contains(word), "\(fault)")
      }
      #expect(!Folder.exists(folder + "/x"))
    }
  }
}
