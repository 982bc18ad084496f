import Foundation
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama

/// Training classifiers, on tones.
@Suite struct ClassifierTrainingJobTests {
  private func settings(_ labels: [String] = ["pitch", "instrument"], epochs: Double = 12) -> ClassifierSettings {
    var settings = ClassifierSettings(labels: labels)
    settings.network.width = 0.5
    settings.plan.batchSize = 12
    settings.plan.warmUpSteps = 5
    settings.epochs = epochs
    return settings
  }

  private func job(
    _ corpus: String, _ run: String, _ settings: ClassifierSettings, validation: String? = nil, resuming: Bool = false,
    from model: ClassifierModel? = nil, workers: Workers = .serial, labels: CorpusLabels? = nil
  ) throws -> ClassifierTrainingJob {
    try ClassifierTrainingJob(
      corpus: corpus, validationFolder: validation, run: run, settings: settings, resuming: resuming,
      initialModel: model, labels: labels ?? Tones.labels, workers: workers)
  }

  @Test func tonesAreToldApartByPitchAndInstrument() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/train", takes: 0..<6)
      try Tones.write(folder + "/test", takes: 6..<9)
      let job = try job(
        folder + "/train", folder + "/run", settings(epochs: 40), validation: folder + "/test", workers: .all)
      #expect(job.configuration.labels.map(\.name) == ["pitch", "instrument"])
      #expect(job.configuration.windowSeconds == 0.5 && job.steps == 120)
      #expect(try job.train() == .completed)
      let best = try #require(job.best)
      #expect(best.loss == 0, "\(best.loss) % wrong")

      // The model of the run classifies files as validation did, and knows how often it is right.
      let model = try ClassifierModel.load(folder + "/run")
      let test = try ClassificationJob(model: model, sources: [folder + "/test"], labels: Tones.labels).test()
      #expect(test.sets.map(\.right) == [18, 18] && test.sets[0].interval.low > 0.8)
      let result = try ClassificationJob(model: model, sources: [folder + "/test"], labels: Tones.labels).run(
        windows: true)
      #expect(result.files.count == 18)
      for file in result.files {
        #expect(file.sets.allSatisfy { $0.labels[0].label == $0.knownLabel })
        #expect(file.windows?.count == 1 && file.seconds > 0.3)
      }
      // The log has what training measured, and a report is made of it.
      let history = try TrainingHistory(run: folder + "/run")
      #expect(history.measures.criterion.name == "errorRate")
      let names = try #require(history.validations.last?.weights.map(\.measure.name))
      #expect(names == ["crossEntropy", "errorRate", "pitchAccuracy", "instrumentAccuracy"])
      let rates = history.validations.flatMap { validation in
        [validation.weights, validation.average].compactMap { $0[ClassifierTask.errorRate] }
      }
      #expect(rates.count == 2 * history.validations.count && rates.min() == best.loss, "\(rates)")
      _ = try RunReportJob(run: folder + "/run")
    }
  }

  @Test func interruptedAndResumedOnOtherThreadsTheBitsAreTheSame() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/train", takes: 0..<3)
      try job(folder + "/train", folder + "/whole", settings()).train()
      do {
        var steps = 0
        let first = try job(folder + "/train", folder + "/parts", settings(), workers: Workers(threads: 3))
        let outcome = try first.train {
          steps += 1
          return steps > 7
        }
        #expect(outcome == .interrupted)
      }
      let kept = try ClassifierTrainingJob.settings(ofRun: folder + "/parts")
      do {
        let second = try job(folder + "/train", folder + "/parts", kept, resuming: true)
        #expect(second.firstStep == 7 && second.steps == 16)
        try second.train()
      }
      #expect(try ClassifierModel.load(folder + "/parts") == ClassifierModel.load(folder + "/whole"))
      #expect(RunFolder(folder + "/parts").best == RunFolder(folder + "/whole").best)

      var changed = kept
      changed.labelSmoothing = 0.2
      #expect(throws: TrainingFault.changed(run: folder + "/parts", what: ["label smoothing was 0.1, is 0.2"])) {
        try job(folder + "/train", folder + "/parts", changed, resuming: true)
      }
    }
  }

  @Test func layersOfAModelAreTakenAndFrozen() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/train", takes: 0..<4)
      try job(folder + "/train", folder + "/pitch", settings(["pitch"])).train()
      let model = try ClassifierModel.load(folder + "/pitch")
      var frozen = settings(["instrument", "pitch"], epochs: 4)
      frozen.plan.groups = [ParameterGroup("features.*", rateFactor: 0)]
      let transfer = try job(folder + "/train", folder + "/both", frozen, from: model)
      #expect(transfer.configuration.network == model.configuration.network)
      #expect(transfer.configuration.features == model.configuration.features)
      try transfer.train()
      let both = try ClassifierModel.load(folder + "/both", weights: .raw)
      var changed = 0
      for name in both.parameters.names where !name.hasPrefix("heads.") {
        // Statistics of frozen layers stay too.
        #expect(both.parameters[name] == model.parameters[name], "\(name) changed")
        changed += 1
      }
      #expect(changed > 20)
      #expect(both.parameters["heads.1.weight"].shape == model.parameters["heads.0.weight"].shape)
      #expect(both.parameters["heads.1.weight"] != model.parameters["heads.0.weight"])
      let start = try job(folder + "/train", folder + "/start", settings(["pitch"], epochs: 0), from: model)
      #expect(start.steps == 1)
    }
  }

  @Test func whatCannotBeLearnedIsNamed() throws {
    try withTemporaryFolder { folder in
      func refuse(
        _ fault: some Fault & Equatable, _ corpus: String, _ settings: ClassifierSettings, validation: String? = nil,
        labels: CorpusLabels? = nil
      ) {
        #expect(throws: fault) {
          try job(folder + "/" + corpus, folder + "/run-\(corpus)", settings, validation: validation, labels: labels)
        }
        #expect(fault.exitStatus == .badData)
      }
      for take in 0..<4 {
        try Tones.write(folder + "/one/low_pure_\(take).wav", height: 0, isRich: false, seconds: 0.3, seed: 1)
        try Tones.write(folder + "/single/low_pure_\(take).wav", height: 0, isRich: false, seconds: 0.3, seed: 1)
        try Tones.write(folder + "/tiny/low_pure_\(take).wav", height: 0, isRich: false, seconds: 0.3, seed: 1)
        try Tones.write(folder + "/tiny/high_pure_\(take).wav", height: 2, isRich: false, seconds: 0.3, seed: 1)
      }
      refuse(ClassifierFault.oneClass(set: "pitch", label: "low"), "one", settings(["pitch"]))
      try Tones.write(folder + "/single/high_pure_0.wav", height: 2, isRich: false, seconds: 0.3, seed: 2)
      refuse(
        ClassifierFault.singleRecordings(set: "pitch", labels: ["high"], files: ["high_pure_0.wav"]), "single",
        settings(["pitch"]))
      // With recordings to validate on, one is enough.
      let few = try job(
        folder + "/single", folder + "/few", settings(["pitch"]), validation: folder + "/tiny")
      #expect(few.configuration.labels[0].values == ["high", "low"])
      refuse(
        LabelFault.filesWithoutLabel(
          set: "mood", files: (0..<4).map { "low_pure_\($0).wav" }, present: ["instrument", "pitch"]), "one",
        settings(["mood"]))
      try Tones.write(folder + "/tiny/high_pure_9.wav", height: 2, isRich: false, seconds: 0.02, seed: 3)
      refuse(
        ClassifierFault.tooShort(files: ["high_pure_9.wav"], least: 200, sampleRate: 8000), "tiny",
        settings(["pitch"]))
      try Tones.write(folder + "/others/middle_pure_1.wav", height: 1, isRich: false, seconds: 0.3, seed: 4)
      refuse(
        LabelFault.filesWithUnknownLabels(
          set: LabelSet("pitch", ["high", "low"]), values: ["middle"], files: ["middle_pure_1.wav"]), "single",
        settings(["pitch"]), validation: folder + "/others")
    }
  }

  @Test func learningEndsWhereNothingGetsBetter() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/train", takes: 0..<4)
      var patient = settings(["pitch"], epochs: 200)
      patient.patience = 3
      let job = try job(folder + "/train", folder + "/run", patient)
      #expect(try job.train() == .stoppedEarly)
      let history = try TrainingHistory(run: folder + "/run")
      #expect(history.validations.count < 100 && history.validations.count > 3)
    }
  }
}
