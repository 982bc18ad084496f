import KodamaCore
import KodamaWaveNets

/// What can be wrong with a request for samples.
public enum GenerationFault: Fault, Equatable {
  /// The temperature is negative, infinite or not a number.
  case temperature(Double)
  /// Top-k keeps no class.
  case topK(Int)
  /// Top-p is outside (0, 1].
  case topP(Double)
  /// The likeliest classes are to be kept of a network whose output has none.
  case needsClasses(option: String, output: WaveNetConfiguration.Output)
  /// A code to prime with is none of the network's.
  case code(Int, index: Int, levels: Int)
  /// A weight is not finite, as it is stored or as the network takes it.
  case notFinite(parameter: String)
  /// A layer has more inputs than sums of 32 bits have room for.
  case tooManyInputs(layer: String, inputs: Int, limit: Int)
  /// Bytes are no state of a stream, or of a stream of another engine.
  case state(String)
  /// Finite weights gave logits that are not, at or before this many samples.
  case overflow(samples: Int)

  public var description: String {
    switch self {
    case .temperature(let value):
      "temperature \(value): give a finite number of at least 0; 0 takes the likeliest class"
    case .topK(let value): "top-k \(value): give at least 1, the number of likeliest classes to draw from"
    case .topP(let value): "top-p \(value): give a probability above 0 and at most 1"
    case .needsClasses(let option, let output):
      "\(option) keeps the likeliest classes, and this model's output, \(output.rawValue), has none; leave it out, and use "
        + "the temperature"
    case .code(let code, let index, let levels):
      "code \(code) at index \(index) of the recording to continue: the network has codes 0 to \(levels - 1)"
    case .notFinite(let parameter):
      "\(parameter) holds a number that is not finite; generate from an earlier checkpoint"
    case .tooManyInputs(let layer, let inputs, let limit):
      "\(layer) has \(inputs) inputs for each output, and in 8 bits at most \(limit) can be added up; keep it in f32"
    case .state(let problem): "this is no state to go on from: \(problem); take one that this model's stream gave"
    case .overflow(let samples):
      "the network's output is not finite by sample \(samples): its weights are out of all range; generate from an "
        + "earlier checkpoint"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .temperature, .topK, .topP, .needsClasses: .usage
    case .code, .notFinite, .tooManyInputs, .state, .overflow: .badData
    }
  }
}
