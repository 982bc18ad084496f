/// Which of a checkpoint's weights to take.
public enum ModelWeights: String, Sendable, CaseIterable {
  /// The weights as the last step left them.
  case raw
  /// Their exponential moving average.
  case average

  /// The file that holds them in a checkpoint or model folder.
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
