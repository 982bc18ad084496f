import KodamaCheckpoints
import KodamaClassifiers
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

extension ModelKinds {
  /// The kinds of this package: add new ones here.
  public static let standard = ModelKinds([WaveNetKind(), ClassifierKind()])
}

/// A description of a model of any kind: its folder, the summary of its kind, and its cost.
///
/// ```swift
/// let inspection = try ModelInspection("checkpoints/demo")
/// for (label, text) in inspection.lines { print(label, text) }
/// ```
public struct ModelInspection: Encodable, Sendable {
  /// The folder with the weights.
  public let folder: String
  /// Which weights.
  public let weights: ModelWeights
  /// The kind: the value of `model_type`.
  public let kind: String
  /// The summary of the kind.
  public let summary: any ModelSummary
  /// The cost of one step.
  public let cost: NetworkCost
  /// Whether `cost` is encoded layer by layer.
  public var encodesCost = false

  /// Loads and checks a model.
  ///
  /// - Parameters:
  ///   - path: a model folder, a checkpoint folder, or the folder of a training run (see `ModelLocation`).
  ///   - weights: as of `ModelLocation`.
  ///   - kinds: the supported kinds.
  /// - Throws: `FileFault`, `CheckpointFault`, and what the kind throws.
  public init(_ path: String, weights: ModelWeights? = nil, kinds: ModelKinds = .standard) throws {
    let location = try ModelLocation(path, weights: weights)
    let (kind, summary) = try kinds.load(location)
    (folder, self.weights, self.kind) = (location.folder, location.weights, kind.name)
    (self.summary, cost) = (summary, summary.cost)
  }

  /// For display: a label and a text each.
  public var lines: [(label: String, text: String)] {
    [("model", "\(folder.visible()) (\(weights.rawValue) weights)"), ("type", kind)] + summary.lines + [
      ("work", "\(NumberText.grouped(cost.multiplyAdds)) multiply-adds a \(summary.costUnit)"),
      ("kernels", "\(InstructionSet.current) on this processor"),
    ]
  }

  private enum CodingKeys: CodingKey {
    case folder, weights, modelType, multiplyAddsPerSample, multiplyAddsPerWindow, instructionSet, cost
  }

  private enum CostKeys: CodingKey { case layers, multiplyAdds, parameters, activations }

  /// The members of the summary, and those of every model.
  public func encode(to encoder: any Encoder) throws {
    try summary.encode(to: encoder)
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(folder, forKey: .folder)
    try fields.encode(weights.rawValue, forKey: .weights)
    try fields.encode(kind, forKey: .modelType)
    let isOfWindows = summary.costUnit == "window"
    try fields.encode(cost.multiplyAdds, forKey: isOfWindows ? .multiplyAddsPerWindow : .multiplyAddsPerSample)
    try fields.encode("\(InstructionSet.current)", forKey: .instructionSet)
    if encodesCost {
      var sums = fields.nestedContainer(keyedBy: CostKeys.self, forKey: .cost)
      try sums.encode(cost.layers, forKey: .layers)
      try sums.encode(cost.multiplyAdds, forKey: .multiplyAdds)
      try sums.encode(cost.parameters, forKey: .parameters)
      try sums.encode(cost.activations, forKey: .activations)
    }
  }
}
