import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers

/// Errors of classifiers.
public enum ClassifierFault: Fault, Equatable {
  /// A value of a configuration.
  case badConfiguration(source: String, field: String, value: String, allowed: String)
  /// A label set of which all recordings have the same label.
  case oneClass(set: String, label: String)
  /// Labels that a single recording has, which cannot be both learned and held out.
  case singleRecordings(set: String, labels: [String], files: [String])
  /// Recordings shorter than the window of one frame of features; `least` in samples at the model's rate.
  case tooShort(files: [String], least: Int, sampleRate: Int)
  /// Samples of another rate than the model's, in Hz.
  case otherRate(found: Int, expected: Int)
  /// A corpus whose labels of a set are not those of the model, which keeps its heads.
  case otherLabels(set: String, missing: [String], added: [String])
  /// A quantized model where weights in single precision are required.
  case quantized(Precision)

  public var description: String {
    switch self {
    case .badConfiguration(let source, let field, let value, let allowed):
      "\(source): \(field) is \(value); it must be \(allowed)"
    case .oneClass(let set, let label):
      "all recordings have the same label of \"\(set)\", \(label): there is nothing to tell apart; add recordings of others"
    case .singleRecordings(let set, let labels, let files):
      "\(Plural.text(labels.count, "label")) of \"\(set)\" on a single recording: \(Self.list(labels)), in "
        + "\(Self.list(files)); add recordings of it, or leave it out"
    case .tooShort(let files, let least, let sampleRate):
      "\(Plural.text(files.count, "recording is", "recordings are")) shorter than a frame of \(Plural.text(least, "sample")) at "
        + "\(NumberText.grouped(sampleRate)) Hz: \(Self.list(files)); leave out what is so short"
    case .otherRate(let found, let expected):
      "the samples have a rate of \(NumberText.grouped(found)) Hz, and the classifier takes "
        + "\(NumberText.grouped(expected)) Hz; convert them first"
    case .otherLabels(let set, let missing, let added):
      "the labels of \"\(set)\" are not those of the model: "
        + (missing.isEmpty ? "" : "no recording has \(Self.list(missing))")
        + (missing.isEmpty || added.isEmpty ? "" : ", and ")
        + (added.isEmpty ? "" : "the model does not have \(Self.list(added))") + "; give recordings of just its labels"
    case .quantized(let precision):
      "the classifier is quantized (\(precision.rawValue)): it finds labels, but cannot be trained or quantized again; "
        + "take the model that it was made from"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .otherRate: .usage
    case .badConfiguration, .oneClass, .singleRecordings, .tooShort, .otherLabels, .quantized: .badData
    }
  }

  /// The first names of a list.
  private static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }
}
