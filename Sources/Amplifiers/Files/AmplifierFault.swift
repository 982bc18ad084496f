import KodamaCore

/// A file of an amplifier model that cannot be used, or a use that does not fit the model.
public enum AmplifierFault: Fault, Equatable {
  /// A key is missing.
  case missingKey(path: String, key: String)
  /// A value is of another kind, or out of its range.
  case wrongValue(path: String, key: String, found: String, expected: String)
  /// Two values do not fit each other.
  case disagreement(path: String, key: String, found: String, needed: String)
  /// The file is of a version of the format that is not supported.
  case unsupportedVersion(path: String, version: String)
  /// There are more or fewer weights than the sizes ask for.
  case weightCount(path: String, key: String, found: Int, needed: Int)
  /// A weight is not a finite number.
  case weightNotFinite(path: String, key: String, index: Int)
  /// The network would need more memory for the sound's past than is reasonable.
  case tooLarge(path: String, key: String, frames: Int, limit: Int)
  /// What is asked for is not part of the format.
  case notExportable(what: String)

  public var description: String {
    switch self {
    case .missingKey(let path, let key):
      "\(path): there is no \(key); save the model again with the program that made it"
    case .wrongValue(let path, let key, let found, let expected):
      "\(path): \(key) is \(found), not \(expected); correct it"
    case .disagreement(let path, let key, let found, let needed):
      "\(path): \(key) is \(found), but \(needed); correct one of them"
    case .unsupportedVersion(let path, let version):
      "\(path): version is \(version), and versions 0.5 to 0.7 of the format are supported; save the model in one of these"
    case .weightCount(let path, let key, let found, let needed):
      "\(path): \(key) has \(found) numbers, and the sizes of the network need \(needed); the file is damaged, or its "
        + "sizes were changed: save the model again"
    case .weightNotFinite(let path, let key, let index):
      "\(path): \(key)[\(index)] is not a finite number that a float holds; train the model again"
    case .tooLarge(let path, let key, let frames, let limit):
      "\(path): \(key) needs \(frames) samples of the past, and at most \(limit) are supported; use fewer or shorter "
        + "dilations"
    case .notExportable(let what): "the .nam format has no \(what); export a model without it"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .notExportable: .unavailable
    default: .badData
    }
  }
}
