import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining

/// Learning what was played: the cross-entropy of moves, or learning who won: the squared error of results.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", methods.
struct PositionTask: TrainingTask {
  let architecture: LeeArchitecture
  let record: PositionRecord

  static let accuracy = Measure("accuracy", unit: "%")

  var declarations: [ParameterDeclaration] { architecture.declarations }

  var measures: TaskMeasures {
    switch architecture.kind {
    case .policy: TaskMeasures(loss: Measure("crossEntropy", unit: "nats"), others: [Self.accuracy])
    case .value: TaskMeasures(loss: Measure("squaredError"), others: [Self.accuracy])
    }
  }

  func loss(_ batch: PositionExamples.Batch, _ pass: Pass<Float>) -> BatchLoss {
    let planes = pass.tape.constant(batch.planes)
    let rows = batch.moves.count
    let loss: Variable<Float>
    let right: Int
    switch architecture.kind {
    case .policy:
      let logits = PolicyNetwork(architecture).forward(planes, pass)
      loss = logits.crossEntropy(targets: batch.moves, weights: [Float](repeating: 1, count: rows))
      right = zip(logits.value.indicesOfLargest(), batch.moves).count { $0 == Int($1) }
    case .value:
      let values = ValueNetwork(architecture).forward(planes, pass).tanh()
      loss = values.meanSquaredError(pass.tape.constant(batch.results))
      right = zip(values.value.elements, batch.results.elements).count { $0 * $1 > 0 }
    }
    return BatchLoss(
      loss, weight: Double(rows), values: [Double(loss.value.item), 100 * Double(right) / Double(rows)])
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/" + ModelFiles.configuration, existing: .replace) {
      try $0.write(LeeModel.configurationText(architecture))
    }
    try record.write(toFolder: folder)
  }
}
