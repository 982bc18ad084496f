import KodamaAmplifiers
import KodamaCheckpoints
import KodamaClassifiers
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

extension ModelKinds {
  /// The kinds of this package: add new ones here.
  public static let standard = ModelKinds([
    WaveNetKind.convolutional, WaveNetKind.recurrent, ClassifierKind(), AmplifierKind(),
  ])
}

/// A description of a model of any kind: its folder or file, the summary of its kind, and its cost.
///
/// ```swift
/// let inspection = try ModelInspection("checkpoints/demo")
/// for (label, text) in inspection.lines { print(label, text) }
/// ```
public struct ModelInspection: Encodable, Sendable {
  /// The folder with the weights, or the file that is the model.
  public let path: String
  /// Which weights; nil of a file.
  public let weights: ModelWeights?
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
  ///   - path: a model folder, a checkpoint folder, or the folder of a training run (see `ModelLocation`); or a .nam file.
  ///   - weights: as of `ModelLocation`; a file has one set of them.
  ///   - kinds: the supported kinds.
  /// - Throws: `FileFault`, `CheckpointFault`, and what the kind throws.
  public init(_ path: String, weights: ModelWeights? = nil, kinds: ModelKinds = .standard) throws {
    let location: ModelLocation?
    let (kind, summary): (any ModelKind, any ModelSummary)
    if let found = try kinds.load(file: path) {
      (location, (kind, summary)) = (nil, found)
    } else {
      let place = try ModelLocation(path, weights: weights)
      (location, (kind, summary)) = (place, try kinds.load(place))
    }
    (self.path, self.weights, self.kind) = (location?.folder ?? path, location?.weights, kind.name)
    (self.summary, cost) = (summary, summary.cost)
  }

  /// For display: a label and a text each.
  public var lines: [(label: String, text: String)] {
    let set = weights.map { " (\($0.rawValue) weights)" } ?? ""
    return [("model", path.visible() + set), ("type", kind)] + summary.lines + [
      ("work", "\(NumberText.grouped(cost.multiplyAdds)) multiply-adds a \(summary.costUnit)"),
      ("kernels", "\(InstructionSet.current) on this processor"),
    ]
  }

  private enum CodingKeys: CodingKey {
    case folder, file, weights, modelType, multiplyAddsPerSample, multiplyAddsPerWindow, instructionSet, cost
  }

  private enum CostKeys: CodingKey { case layers, multiplyAdds, parameters, activations }

  /// The members of the summary, and those of every model.
  public func encode(to encoder: any Encoder) throws {
    try summary.encode(to: encoder)
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(path, forKey: weights == nil ? .file : .folder)
    try fields.encodeIfPresent(weights?.rawValue, forKey: .weights)
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
