import KodamaCore

/// What can keep a model from being exported.
public enum ExportFault: Fault, Equatable {
  /// A graph would be larger than a file of its format can be.
  case tooLarge(bytes: Int, limit: Int)

  public var description: String {
    switch self {
    case .tooLarge(let bytes, let limit):
      "the model: its graph would take \(bytes) bytes, and an ONNX file can have \(limit); export a network of fewer "
        + "channels"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
