import KodamaClassifiers
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaNetworks
import KodamaTensors
import KodamaTraining

/// Trains a classifier: the mean over its label sets of the cross-entropy, against smoothed and mixed labels, with the share
/// of a teacher where there is one.
package struct ClassifierTask: TrainingTask {
  package let configuration: ClassifierConfiguration
  private let network: any ClassificationNetwork
  private let record: ClassifierRecord
  private let labelSmoothing: Double
  private let teacher: ClassifierTeacher?

  package init(
    _ configuration: ClassifierConfiguration, record: ClassifierRecord, teacher: ClassifierTeacher? = nil
  ) {
    (self.configuration, self.record, self.teacher) = (configuration, record, teacher)
    network = configuration.layers
    labelSmoothing = record.settings.labelSmoothing
  }

  package var declarations: [ParameterDeclaration] { network.declarations }

  package var measures: TaskMeasures { Self.measures(of: configuration.labels) }

  /// The cross-entropy in nats, the error rate, and the accuracy of each label set.
  package static func measures(of sets: [LabelSet]) -> TaskMeasures {
    TaskMeasures(
      loss: Measure("crossEntropy", unit: "nats"), others: [errorRate] + accuracies(of: sets), criterion: errorRate)
  }

  /// The share of wrong labels, the mean over the label sets.
  package static let errorRate = Measure("errorRate", unit: "%")

  /// A measure for each label set: `digitAccuracy`; `accuracy` and a number where a name has no letters.
  package static func accuracies(of sets: [LabelSet]) -> [Measure] {
    let names = sets.map { set in
      String(set.name.unicodeScalars.filter { $0.isASCII && $0.properties.isAlphabetic }.map(Character.init))
    }
    let areDistinct = Set(names).count == names.count && !names.contains("")
    return zip(names, sets.indices).map { name, index in
      let lower = name.prefix(1).lowercased() + name.dropFirst()
      return Measure(areDistinct ? lower + "Accuracy" : "accuracy\(index + 1)", unit: "%")
    }
  }

  package func loss(_ batch: LabelledMaps, _ pass: Pass<Float>) -> BatchLoss { loss(batch, network, pass) }

  private func loss(
    _ batch: LabelledMaps, _ network: some ClassificationNetwork, _ pass: Pass<Float>
  ) -> BatchLoss {
    let shape: Shape = [
      batch.labels.count, configuration.windowFrames, configuration.features.bands, network.inputChannels,
    ]
    let maps = Tensor(shape, batch.maps)
    let outputs = network.outputs(pass.tape.constant(maps), pass)
    /// The mean over the label sets, and that of auxiliary classifiers with their weights.
    func total(_ loss: (Variable<Float>, _ set: Int) -> Variable<Float>) -> Variable<Float> {
      func mean(_ logits: [Variable<Float>]) -> Variable<Float> {
        let losses = logits.enumerated().map { loss($0.element, $0.offset) }
        return losses.dropFirst().reduce(losses[0], +) * (1 / Float(losses.count))
      }
      return outputs.auxiliary.reduce(mean(outputs.logits)) { $0 + mean($1.logits) * Float($1.weight) }
    }
    let targets = configuration.labels.indices.map { self.targets(of: batch, set: $0) }
    let recorded = total { logits, set in
      (logits.logSoftmax() * pass.tape.constant(targets[set])).sum() * (-1 / Float(batch.labels.count))
    }
    var loss = recorded
    if let teacher {
      let expected = teacher.logits(of: maps, workspace: pass.tape.workspace)
      let taught = total { logits, set in teacher.divergence(of: logits, from: expected[set]) }
      loss = teacher.distillation.mix(recorded: recorded, taught: taught)
    }
    let accuracies = outputs.logits.enumerated().map { set, logits in
      let found = logits.value.indicesOfLargest()
      return 100 * Double(zip(found, batch.labels).count { $0 == $1.first[set] }) / Double(batch.labels.count)
    }
    let error = 100 - accuracies.reduce(0, +) / Double(accuracies.count)
    return BatchLoss(
      loss, weight: Double(batch.labels.count), values: [Double(recorded.value.item), error] + accuracies)
  }

  /// The distributions over the labels of a set: [examples, labels].
  private func targets(of batch: LabelledMaps, set: Int) -> Tensor<Float> {
    let classes = configuration.labels[set].values.count
    var values = [Float](repeating: Float(labelSmoothing / Double(classes)), count: batch.labels.count * classes)
    for (row, example) in batch.labels.enumerated() {
      values[row * classes + example.first[set]] += Float((1 - labelSmoothing) * example.share)
      values[row * classes + example.second[set]] += Float((1 - labelSmoothing) * (1 - example.share))
    }
    return Tensor([batch.labels.count, classes], values)
  }

  package func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .replace) {
      try $0.write(ClassifierModel.configurationText(configuration))
    }
    try record.write(toFolder: folder)
  }
}
