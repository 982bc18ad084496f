import KodamaCore
import KodamaWaveNets

/// What can be wrong with the arguments of a C function.
enum CallFault: Fault, Equatable {
  /// A pointer that must be there is NULL.
  case null(argument: String)
  /// More numbers than memory can hold.
  case count(UInt)
  /// The size of a `kodama_sampling` is none that this library knows.
  case samplingSize(UInt32, known: Int)
  /// A model that is conditioned on features, which nobody can give in C.
  case features(path: String, FeatureConditioning)
  /// A sample to prime with is infinite or not a number.
  case sampleNotFinite(index: Int)

  var description: String {
    switch self {
    case .null(let argument): "\(argument) is NULL"
    case .count(let count): "count is \(count), more than memory can hold"
    case .samplingSize(let size, let known):
      "sampling->size is \(size), and this library knows \(known): begin with KODAMA_SAMPLING_STANDARD, and use a "
        + "library that is not older than its header"
    case .features(let path, let features):
      "\(path): the model is conditioned on \(features.text), which this library has no function for yet; generate with "
        + "kodama generate or from Swift"
    case .sampleNotFinite(let index): "samples[\(index)] is not a finite number"
    }
  }

  var exitStatus: ExitStatus {
    switch self {
    case .null, .count, .samplingSize: .usage
    case .features, .sampleNotFinite: .badData
    }
  }
}
