import KodamaCore

/// What can go wrong in a job beside the faults of its parts.
public enum JobFault: Fault, Equatable {
  /// A model gives a recording a probability of 0, or one that is not a number.
  case scoreNotFinite(recording: String)
  /// A model or its quantized form gives the recordings a probability of 0, or one that is not a number.
  case comparisonNotFinite

  public var description: String {
    switch self {
    case .scoreNotFinite(let recording):
      "\(recording): the model's bits per sample are not finite: its weights are out of all range; take an earlier "
        + "checkpoint"
    case .comparisonNotFinite:
      "the model's bits per sample are not finite: its weights are out of all range; take an earlier checkpoint"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
