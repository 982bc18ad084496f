import KodamaCore
import KodamaTensors

/// Errors in the files of a model or of a training run.
public enum CheckpointFault: Fault, Equatable {
  /// A safetensors file that is damaged, cut short, or something else.
  case malformed(path: String, field: String, problem: String)
  /// A pickle file of Python. Reading it would run the code that it contains.
  case pickle(path: String)
  /// Weights that are split over several files.
  case sharded(index: String)
  /// The tensors of a file differ from those of the network.
  case mismatch(path: String, problems: [TensorMismatch])
  /// Another program's tensors that a mapping does not assign to all parameters of a network, one for each.
  case unmapped(path: String, fitting: Int, problems: [String])
  /// A file lacks a tensor.
  case noTensor(path: String, name: String)
  /// The elements of a tensor are of another type than required.
  case wrongType(path: String, tensor: String, expected: String, actual: ElementType)
  /// The element type of a tensor is valid, but not supported.
  case unsupportedType(path: String, tensor: String, type: String)
  /// A weight is NaN or infinite.
  case notFinite(path: String, tensor: String, index: Int)
  /// An invalid number in a quantized model.
  case badElement(path: String, tensor: String, index: Int, value: String, expected: String)
  /// A .npy file that is damaged, cut short, or something else.
  case malformedNumpy(path: String, field: String, problem: String)
  /// A .npy file of an unsupported kind.
  case unsupportedNumpy(path: String, field: String, value: String, expected: String)
  /// A feature is NaN or infinite.
  case featureNotFinite(path: String, frame: Int, channel: Int)
  /// An unknown key of a configuration.
  case unknownKey(path: String, key: String, nearest: String)
  /// A missing key of a configuration.
  case missingKey(path: String, key: String)
  /// An invalid value.
  case wrongValue(path: String, key: String, value: String, expected: String)
  /// A file of a later version of this software.
  case futureVersion(path: String, version: Int, supported: Int)
  /// A `model_type` that is no known kind of model; the value as JSON.
  case unknownKind(path: String, value: String, known: [String])
  /// A key of another kind of model.
  case otherKindsKey(path: String, key: String, kind: String, other: String)
  /// A path without a model.
  case noModel(path: String, problem: String)

  public var description: String {
    switch self {
    case .malformed(let path, let field, let problem):
      "\(path): \(field): \(problem); the file is damaged or not in safetensors format: copy or save it again"
    case .pickle(let path):
      "\(path): a pickle, which can run any code when it is read, so it is not read here; convert it where you trust it: "
        + "python3 -c 'import torch, safetensors.torch as s; "
        + "s.save_file(torch.load(\"FILE\", weights_only=True), \"model.safetensors\")'"
    case .sharded(let index):
      "\(index): the weights are in several files; join them into one model.safetensors beside it"
    case .mismatch(let path, let problems):
      "\(path): its tensors are not those of the network that its configuration describes: "
        + Self.list(problems.map(\.description)) + "; take the config.json that was saved with it"
    case .unmapped(let path, let fitting, let problems):
      "\(path): \(fitting) fit and \(problems.count) do not: " + Self.list(problems)
        + "; correct the mapping or the architecture, or ignore tensors that are not needed"
    case .noTensor(let path, let name): "\(path): it has no tensor \(name); save it again"
    case .wrongType(let path, let tensor, let expected, let actual):
      "\(path): tensor \(tensor) has elements of type \(actual.rawValue), not \(expected); save it again with that type"
    case .unsupportedType(let path, let tensor, let type):
      "\(path): tensor \(tensor): element type \(type) is not supported; save it again as F32"
    case .notFinite(let path, let tensor, let index):
      "\(path): tensor \(tensor) contains a number that is not finite (element \(index)); take an earlier checkpoint"
    case .badElement(let path, let tensor, let index, let value, let expected):
      "\(path): tensor \(tensor): element \(index) is \(value); it must be \(expected); quantize the model again"
    case .malformedNumpy(let path, let field, let problem):
      "\(path): \(field): \(problem); the file is damaged or not in numpy's format: save it again with numpy.save"
    case .unsupportedNumpy(let path, let field, let value, let expected):
      "\(path): \(field) is \(value); it must be \(expected)"
    case .featureNotFinite(let path, let frame, let channel):
      "\(path): frame \(frame), channel \(channel) is not a finite number; compute the features again without NaN and "
        + "infinity"
    case .unknownKey(let path, let key, let nearest):
      "\(path): there is no key \"\(key.excerpt(100))\"; did you mean \"\(nearest)\"?"
    case .missingKey(let path, let key): "\(path): the key \"\(key)\" is missing; add it"
    case .wrongValue(let path, let key, let value, let expected):
      "\(path): \(key) is \(value); it must be \(expected)"
    case .futureVersion(let path, let version, let supported):
      "\(path): format_version is \(version), and this version of Kodama reads up to \(supported); install a later one"
    case .unknownKind(let path, let value, let known):
      "\(path): model_type is \(value.excerpt(100)); it must be "
        + known.map { "\"\($0)\"" }.joined(separator: " or ")
        + (known.count > 1 ? "; did you mean \"\(EditDistance.nearest(to: value, of: known) ?? "")\"?" : "")
    case .otherKindsKey(let path, let key, let kind, let other):
      "\(path): the key \"\(key)\" belongs to models of the type \"\(other)\", and model_type is \"\(kind)\"; "
        + "leave it out, or correct model_type"
    case .noModel(let path, let problem):
      "\(path): \(problem); give a model folder, a checkpoint folder or the folder of a training run"
    }
  }

  public var exitStatus: ExitStatus { .badData }

  /// The first few of many, so that a message stays readable.
  private static func list(_ items: [String]) -> String {
    let shown = 8
    let rest = items.count > shown ? "; and \(items.count - shown) more" : ""
    return items.prefix(shown).joined(separator: "; ") + rest
  }
}

/// A difference between a tensor of a file and the declaration of a network.
public enum TensorMismatch: Sendable, Equatable, CustomStringConvertible {
  /// The network has it, the file does not.
  case missing(name: String, expected: Shape)
  /// The file has it, the network does not.
  case unexpected(name: String, actual: Shape)
  /// Both have it, with different shapes.
  case shape(name: String, expected: Shape, actual: Shape)
  /// The elements are not floating-point numbers.
  case elements(name: String, actual: ElementType)
  /// The elements are of another type than the one that is read.
  case type(name: String, expected: ElementType, actual: ElementType)

  public var description: String {
    switch self {
    case .missing(let name, let expected): "\(name) \(expected) is missing"
    case .unexpected(let name, let actual): "\(name) \(actual) is not expected"
    case .shape(let name, let expected, let actual): "\(name) must have shape \(expected), not \(actual)"
    case .elements(let name, let actual): "\(name) must have floating-point elements, not \(actual.rawValue)"
    case .type(let name, let expected, let actual):
      "\(name) must have elements of type \(expected.rawValue), not \(actual.rawValue)"
    }
  }
}
