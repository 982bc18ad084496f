import KodamaCore

/// What can be wrong with a WaveNet's configuration.
public enum WaveNetFault: Fault, Equatable {
  /// A field has a value that no network can have. Fields are named as in `config.json`.
  case outOfRange(source: String, field: String, value: String, allowed: String)

  public var description: String {
    switch self {
    case .outOfRange(let source, let field, let value, let allowed):
      "\(source): \(field) is \(value); it must be \(allowed)"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
