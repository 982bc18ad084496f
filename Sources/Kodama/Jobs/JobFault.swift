import KodamaCore

/// What can go wrong in a job beside the faults of its parts.
public enum JobFault: Fault, Equatable {
  /// A model gives a recording a probability of 0, or one that is not a number.
  case scoreNotFinite(recording: String)
  /// A model or its quantized form gives the recordings a probability of 0, or one that is not a number.
  case comparisonNotFinite
  /// A list of pairs cannot be read.
  case badPairs(path: String, line: Int, problem: String)
  /// Sounds have no counterpart, and every one was to have one.
  case unpaired(names: [String])
  /// Both sides of a comparison were to come through standard input.
  case standardInputTwice
  /// A run's log holds no step.
  case emptyLog(path: String)
  /// What is made of two recordings, features or copies, would have the same name.
  case sameName(first: String, second: String)
  /// A copy would take the place of a recording that copies are made of.
  case replacesRecording(path: String)
  /// What a benchmark is about to time gives wrong results.
  case benchmarkFailed(String)

  public var description: String {
    switch self {
    case .scoreNotFinite(let recording):
      "\(recording): the model's bits per sample are not finite: its weights are out of all range; take an earlier "
        + "checkpoint"
    case .comparisonNotFinite:
      "the model's bits per sample are not finite: its weights are out of all range; take an earlier checkpoint"
    case .badPairs(let path, let line, let problem):
      "\(path), line \(line): \(problem); write reference,generated"
    case .unpaired(let names):
      "\(Plural.text(names.count, "sound")) without a counterpart: \(names.prefix(5).joined(separator: ", "))"
        + "\(names.count > 5 ? " and others" : ""); give both sides the same names, or let those without one be left out"
    case .standardInputTwice: "standard input can bring one side, not both; name a file for the other"
    case .emptyLog(let path): "\(path): there is no step in the log yet; train for longer"
    case .sameName(let first, let second):
      "\(first) and \(second) have the same name without extension, and so would the files made of them; rename one"
    case .replacesRecording(let path):
      "\(path): this is a recording that copies are made of; give another name for the copy"
    case .benchmarkFailed(let problem): "nothing is timed: \(problem)"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .scoreNotFinite, .comparisonNotFinite, .badPairs, .unpaired, .emptyLog, .sameName: .badData
    case .replacesRecording: .cannotCreate
    case .standardInputTwice: .usage
    case .benchmarkFailed: .internal
    }
  }

  /// Throws where two recordings have the same name but for what is no part of the name of what is made of them.
  ///
  /// - Throws: `.sameName`.
  static func checkNames(_ recordings: [String], _ made: (String) -> String) throws(JobFault) {
    var first: [PathBytes: String] = [:]
    for recording in recordings {
      if let other = first.updateValue(recording, forKey: PathBytes(made(recording))) {
        throw .sameName(first: other, second: recording)
      }
    }
  }
}
