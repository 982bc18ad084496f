import KodamaCore

/// What can be wrong with a WaveNet's configuration, and with the use of a model.
public enum WaveNetFault: Fault, Equatable {
  /// A field has a value that no network can have. Fields are named as in `config.json`.
  case outOfRange(source: String, field: String, value: String, allowed: String)
  /// Two fields that do not go together. Fields are named as in `config.json`.
  case conflict(source: String, field: String, value: String, other: String, otherValue: String, advice: String)
  /// A quantized model where weights in single precision are needed.
  case quantized(path: String, scheme: Precision)

  public var description: String {
    switch self {
    case .outOfRange(let source, let field, let value, let allowed):
      "\(source): \(field) is \(value); it must be \(allowed)"
    case .conflict(let source, let field, let value, let other, let otherValue, let advice):
      "\(source): \(field) is \(value) where \(other) is \(otherValue); \(advice)"
    case .quantized(let path, let scheme):
      "\(path): the model is quantized (\(scheme.rawValue)): it generates and scores, but cannot be trained, changed or "
        + "quantized again; take the model that it was made from"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
