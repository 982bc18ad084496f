import KodamaCore

/// Errors of tuning by rewards.
public enum TuningFault: Fault, Equatable {
  /// A text that is no reward.
  case badReward(text: String, problem: String)
  /// The probability of a label is wanted, and no classifier is given.
  case needsClassifier(reward: String)
  /// A classifier whose sounds have another rate than those of the model, in Hz.
  case otherRate(classifier: String, rate: Int, model: Int)
  /// A model that is conditioned on features, which generated sounds do not have.
  case conditionedOnFeatures(model: String)
  /// A reward that is not finite, of the sound of a number.
  case notFinite(reward: String, value: Double, sound: Int)
  /// A reward that has a value for none of the sounds of a step.
  case undefined(reward: String, reason: String)
  /// A program that did not run to its end.
  case program(command: String, problem: String)
  /// A program that printed something else than a number for each sound.
  case programOutput(command: String, problem: String)
  /// A run that was started from another model.
  case otherModel(run: String, model: String)

  public var description: String {
    switch self {
    case .badReward(let text, let problem): "reward \(text.excerpt(200)): \(problem)"
    case .needsClassifier(let reward): "reward \(reward): it needs a classifier; give one"
    case .otherRate(let classifier, let rate, let model):
      "\(classifier): the classifier takes sounds of \(rate) Hz, and the model generates \(model) Hz; train one at that rate"
    case .conditionedOnFeatures(let model):
      "\(model) is conditioned on features, without which it generates nothing; give a model that is not"
    case .notFinite(let reward, let value, let sound):
      "reward \(reward.excerpt(200)): it is \(value) for sound \(sound) of the step; a reward must be finite"
    case .undefined(let reward, let reason):
      "reward \(reward): it has a value for no sound of the step: \(reason); generate longer sounds, or reward something else"
    case .program(let command, let problem): "reward program \(command.excerpt(200)): \(problem)"
    case .programOutput(let command, let problem):
      "reward program \(command.excerpt(200)): \(problem); it must print one number for each file it is given"
    case .otherModel(let run, let model):
      "\(run) was started from other weights than those of \(model); give the same model, or another folder to start a new run"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .badReward, .needsClassifier: .usage
    case .otherRate, .conditionedOnFeatures, .notFinite, .undefined, .programOutput, .otherModel: .badData
    case .program: .unavailable
    }
  }
}
