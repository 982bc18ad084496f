/// Which of a checkpoint's weights to use.
public enum ModelWeights: String, Sendable, CaseIterable {
  /// The weights after the last step.
  case raw
  /// Their exponential moving average.
  case average

  /// Their file in a checkpoint or model folder.
  public var fileName: String {
    switch self {
    case .raw: "model.safetensors"
    case .average: "average.safetensors"
    }
  }
}

/// The names of the files that make up a model folder.
public enum ModelFiles {
  /// The configuration.
  public static let configuration = "config.json"
  /// All of them.
  public static let names: Set<String> = Set([configuration] + ModelWeights.allCases.map(\.fileName))
}
