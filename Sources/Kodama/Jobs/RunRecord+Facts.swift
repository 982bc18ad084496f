import Foundation
import enum KodamaCore.Plural
import KodamaReports
import KodamaWaveNetTraining

extension RunRecord {
  /// The settings of the network and of training.
  var facts: [RunReport.FactGroup] {
    let (network, plan) = (settings.architecture, settings.plan)
    return [
      RunReport.FactGroup(
        "Network",
        [ReportFact("Sample rate", "\(NumberText.count(sampleRate)) Hz")] + bodyFacts + [
          ReportFact("Head channels", "\(network.headChannels)"),
          ReportFact("Classes", "\(network.classes)"), ReportFact("Input", network.input.rawValue),
        ] + (network.isRecurrent ? [] : [ReportFact("Dropout", "\(network.dropout)")])),
      RunReport.FactGroup(
        "Training",
        [
          ReportFact(
            "Batch",
            "\(Plural.text(plan.batchSize, "crop")) of \(Plural.grouped(plan.cropSamples, "sample"))"
              + (plan.accumulation > 1 ? ", \(plan.accumulation) times" : "")),
          ReportFact("Optimizer", plan.optimizer.rawValue), ReportFact("Highest learning rate", "\(plan.learningRate)"),
          ReportFact("Schedule", plan.schedule.rawValue),
          ReportFact("Warm-up", Plural.grouped(plan.warmUpSteps, "step")),
          ReportFact("Weight decay", "\(plan.weightDecay)"),
          ReportFact("Clipping", plan.clipNorm > 0 ? "to norm \(plan.clipNorm)" : "none"),
          ReportFact("Decay of the averaged weights", plan.averageDecay > 0 ? "\(plan.averageDecay)" : "no average"),
          ReportFact("Seed", "\(plan.seed)"), ReportFact("Corpus", "\(corpus)"),
        ]),
    ]
  }

  /// What lies between the network's input and its head.
  private var bodyFacts: [ReportFact] {
    let network = settings.architecture
    if let units = network.recurrentUnits {
      return [
        ReportFact("Recurrent units", "\(units)"), ReportFact("Input channels", "\(network.residualChannels)"),
      ]
    }
    let milliseconds = 1000 * Double(network.receptiveField) / Double(sampleRate)
    return [
      ReportFact("Blocks", "\(network.dilations.count)"),
      ReportFact("Dilations", "up to \(NumberText.count(network.dilations.max() ?? 0))"),
      ReportFact("Kernel size", "\(network.kernelSize)"),
      ReportFact(
        "Receptive field",
        "\(Plural.grouped(network.receptiveField, "sample")), \(String(format: "%.1f", milliseconds)) ms"),
      ReportFact("Residual channels", "\(network.residualChannels)"),
      ReportFact("Gate channels", "\(network.gateChannels)"),
      ReportFact("Skip channels", "\(network.skipChannels)"),
    ]
  }
}
