import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers

/// Errors in a WaveNet's configuration, and in the use of a model.
public enum WaveNetFault: Fault, Equatable {
  /// A field has an invalid value. Fields are named as in `config.json`.
  case outOfRange(source: String, field: String, value: String, allowed: String)
  /// Two fields contradict each other. Fields are named as in `config.json`.
  case conflict(source: String, field: String, value: String, other: String, otherValue: String, advice: String)
  /// A label for a model that is not conditioned on labels.
  case notConditioned(text: String)
  /// No label set of the model has this name.
  case unknownLabelSet(String, sets: [LabelSet])
  /// No label of a set has this name.
  case unknownLabel(String, set: LabelSet)
  /// Label sets without a label for a signal.
  case missingLabels([LabelSet])
  /// A label that cannot be parsed or used.
  case badLabel(text: String, problem: String)
  /// Features for a model that is not conditioned on features.
  case notConditionedOnFeatures
  /// No features for a model that is conditioned on features.
  case missingFeatures(FeatureConditioning)
  /// Features with another number of channels than the model.
  case featureChannels(found: Int, FeatureConditioning)
  /// Features that end before the requested samples.
  case featuresTooShort(frames: Int, FeatureConditioning, samples: Int)
  /// A quantized model where weights in single precision are required.
  case quantized(path: String, scheme: Precision)

  public var description: String {
    switch self {
    case .outOfRange(let source, let field, let value, let allowed):
      "\(source): \(field) is \(value); it must be \(allowed)"
    case .conflict(let source, let field, let value, let other, let otherValue, let advice):
      "\(source): \(field) is \(value) where \(other) is \(otherValue); \(advice)"
    case .notConditioned(let text):
      "\(text): the model is not conditioned on labels; leave the label out, or take a model that is"
    case .unknownLabelSet(let name, let sets):
      "no label set of the model is called \(name); did you mean "
        + "\(EditDistance.nearest(to: name, of: sets.map(\.name)) ?? "")? It has \(Self.list(sets.map(\.name)))"
    case .unknownLabel(let name, let set):
      "no label of \(set.name) is called \(name); did you mean \(EditDistance.nearest(to: name, of: set.values) ?? "")? "
        + "It has \(Self.list(set.values))"
    case .missingLabels(let sets):
      Self.missing(sets)
    case .badLabel(let text, let problem): "\(text): \(problem)"
    case .notConditionedOnFeatures:
      "the model is not conditioned on features; leave them out, or take a model that is"
    case .missingFeatures(let features):
      "the model is conditioned on \(features.text); give them"
    case .featureChannels(let found, let features):
      "the features have \(Plural.text(found, "number")) a frame, and the model is conditioned on \(features.text); give features that "
        + "were made for the model"
    case .featuresTooShort(let frames, let features, let samples):
      "\(Plural.text(frames, "frame of features reaches", "frames of features reach")) \(Plural.text(frames * features.hopLength, "sample")), with a frame every "
        + "\(features.hopLength), and \(samples) are requested; request fewer, or give more frames"
    case .quantized(let path, let scheme):
      "\(path): the model is quantized (\(scheme.rawValue)): it generates and scores, but cannot be trained, changed or "
        + "quantized again; take the model that it was made from"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .notConditioned, .unknownLabelSet, .unknownLabel, .missingLabels, .badLabel,
      .notConditionedOnFeatures, .missingFeatures, .featuresTooShort:
      .usage
    case .outOfRange, .conflict, .featureChannels, .quantized: .badData
    }
  }

  /// The message for label sets without a label.
  ///
  /// - Parameter prefix: the text before each, such as an option.
  package static func missing(_ sets: [LabelSet], prefix: String = "") -> String {
    "the model is conditioned on labels; give "
      + sets.map { "\(prefix)\($0.name)=… (\(list($0.values)))" }.joined(separator: ", ")
  }

  /// The first names of a list.
  private static func list(_ names: [String], limit: Int = 20) -> String {
    names.prefix(limit).joined(separator: ", ") + (names.count > limit ? " and \(names.count - limit) more" : "")
  }
}
