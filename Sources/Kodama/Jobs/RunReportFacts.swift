import Foundation
import KodamaReports
import KodamaTraining

/// What a run's report says in words and numbers.
enum RunReportFacts {
  /// How far the run has come.
  static func summary(_ history: TrainingHistory, last: StepReport, record: RunRecord?) -> [ReportFact] {
    var facts = [
      ReportFact("Steps", NumberText.count(last.step)), ReportFact("Passes over the corpus", decimal(last.epoch, 2)),
      ReportFact("Time spent training", duration(last.seconds)),
      ReportFact("Loss of the last batch", decimal(last.bitsPerSample, 3) + " bits per sample"),
    ]
    let scores = history.validations.compactMap { validation in
      (validation.averageBitsPerSample ?? validation.bitsPerSample).map { (step: validation.step, bits: $0) }
    }
    if let best = scores.min(by: { $0.bits < $1.bits }), let latest = scores.last {
      facts.append(ReportFact("Latest validation", decimal(latest.bits, 3) + " bits per sample"))
      facts.append(ReportFact("Best validation", decimal(best.bits, 3) + " at step \(NumberText.count(best.step))"))
    }
    if let network = record?.settings.architecture {
      facts.append(ReportFact("Parameters", NumberText.count(network.parameterCount)))
    }
    if !history.rollbacks.isEmpty { facts.append(ReportFact("Returns to a checkpoint", "\(history.rollbacks.count)")) }
    return facts
  }

  /// How the network and the training were set up.
  static func settings(_ record: RunRecord) -> [RunReport.FactGroup] {
    let (network, plan) = (record.settings.architecture, record.settings.plan)
    let milliseconds = 1000 * Double(network.receptiveField) / Double(record.sampleRate)
    return [
      RunReport.FactGroup(
        "Network",
        [
          ReportFact("Sample rate", "\(NumberText.count(record.sampleRate)) Hz"),
          ReportFact("Blocks", "\(network.dilations.count)"),
          ReportFact("Dilations", "up to \(NumberText.count(network.dilations.max() ?? 0))"),
          ReportFact("Kernel size", "\(network.kernelSize)"),
          ReportFact(
            "Receptive field", "\(NumberText.count(network.receptiveField)) samples, \(decimal(milliseconds, 1)) ms"),
          ReportFact("Residual channels", "\(network.residualChannels)"),
          ReportFact("Gate channels", "\(network.gateChannels)"),
          ReportFact("Skip channels", "\(network.skipChannels)"),
          ReportFact("Head channels", "\(network.headChannels)"),
          ReportFact("Classes", "\(network.classes)"), ReportFact("Input", network.input.rawValue),
          ReportFact("Dropout", "\(network.dropout)"),
        ]),
      RunReport.FactGroup(
        "Training",
        [
          ReportFact(
            "Batch",
            "\(plan.batchSize) crops of \(NumberText.count(plan.cropSamples)) samples"
              + (plan.accumulation > 1 ? ", \(plan.accumulation) times" : "")),
          ReportFact("Optimizer", plan.optimizer.rawValue), ReportFact("Highest learning rate", "\(plan.learningRate)"),
          ReportFact("Schedule", plan.schedule.rawValue),
          ReportFact("Warm-up", "\(NumberText.count(plan.warmUpSteps)) steps"),
          ReportFact("Weight decay", "\(plan.weightDecay)"),
          ReportFact("Clipping", plan.clipNorm > 0 ? "to norm \(plan.clipNorm)" : "none"),
          ReportFact("Decay of the averaged weights", plan.averageDecay > 0 ? "\(plan.averageDecay)" : "no average"),
          ReportFact("Seed", "\(plan.seed)"), ReportFact("Corpus", "\(record.corpus)"),
        ]),
    ]
  }

  private static func decimal(_ number: Double, _ places: Int) -> String { String(format: "%.\(places)f", number) }

  /// 1 h 5 min.
  private static func duration(_ seconds: Double) -> String {
    // Far beyond what any run takes, and far within what an integer holds.
    let seconds = Int(max(0, min(seconds, 1e12)))
    let minutes = seconds / 60
    if minutes < 2 { return "\(seconds) s" }
    return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
