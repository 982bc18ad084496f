import KodamaCore

/// What can be wrong with the arguments of a C function.
enum CallFault: Fault, Equatable {
  /// A pointer that must be there is NULL.
  case null(argument: String)
  /// More numbers than memory can hold.
  case count(UInt)
  /// The size of a `kodama_sampling` is none that this library knows.
  case samplingSize(UInt32, known: Int)
  /// A sample to prime with is infinite or not a number.
  case sampleNotFinite(index: Int)

  var description: String {
    switch self {
    case .null(let argument): "\(argument) is NULL"
    case .count(let count): "count is \(count), more than memory can hold"
    case .samplingSize(let size, let known):
      "sampling->size is \(size), and this library knows \(known): begin with KODAMA_SAMPLING_STANDARD, and use a "
        + "library that is not older than its header"
    case .sampleNotFinite(let index): "samples[\(index)] is not a finite number"
    }
  }

  var exitStatus: ExitStatus {
    switch self {
    case .null, .count, .samplingSize: .usage
    case .sampleNotFinite: .badData
    }
  }
}
