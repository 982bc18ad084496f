import KodamaCore

/// Errors of jobs themselves.
public enum JobFault: Fault, Equatable {
  /// A model gives a recording a probability of 0, or one that is not a number.
  case scoreNotFinite(recording: String)
  /// A model or its quantized form gives the recordings a probability of 0, or one that is not a number.
  case comparisonNotFinite
  /// A list of pairs cannot be read.
  case badPairs(path: String, line: Int, problem: String)
  /// Sounds without a counterpart, where every sound must have one.
  case unpaired(names: [String])
  /// Both sides of a comparison are standard input.
  case standardInputTwice
  /// A run's log contains no step.
  case emptyLog(path: String)
  /// A path that is not the folder of a training run.
  case noRun(path: String)
  /// A model without a sample rate.
  case noSampleRate
  /// A run that is to be compared with itself.
  case sameRun(path: String)
  /// More runs than a page can tell apart.
  case tooManyRuns(count: Int, limit: Int)
  /// The features or copies of two recordings would have the same name.
  case sameName(first: String, second: String)
  /// A copy would replace a recording of the job.
  case replacesRecording(path: String)
  /// A model without labels, where recordings are compared under its labels.
  case noLabels
  /// More combinations of labels than can be compared; `sizes` are the candidates of each set.
  case tooManyCombinations(sizes: [Int], limit: Int)
  /// No recordings are held out, where settings are compared on them.
  case nothingHeldOut
  /// Invalid contents of the record of the trials of a run.
  case badTrials(path: String, problem: String)
  /// The trials of a run would be continued with other settings or recordings than before.
  case trialsChanged(run: String, what: [String])
  /// The training of every trial diverged.
  case trialsDiverged(count: Int)
  /// A file that another process wrote, and this one does not see.
  case notShared(path: String)
  /// The check of a benchmark failed.
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
    case .standardInputTwice: "standard input can be one side, not both; give a file for the other"
    case .noRun(let path):
      "\(path) is not the folder of a training run: it has no metrics.jsonl; give a folder that kodama train made"
    case .emptyLog(let path): "\(path): there is no step in the log yet; train for longer"
    case .noSampleRate: "the model has no sample rate; give it"
    case .sameRun(let path): "\(path): this run is given twice; give each once"
    case .tooManyRuns(let count, let limit):
      "\(count) runs are more than one page tells apart; give at most \(limit)"
    case .sameName(let first, let second):
      "\(first) and \(second) have the same name without extension, so their outputs would too; rename one"
    case .replacesRecording(let path):
      "\(path): this recording is an input; give another name for the copy"
    case .noLabels: "the model is not conditioned on labels, so it cannot tell any apart; take a model that is"
    case .tooManyCombinations(let sizes, let limit):
      "\(sizes.map(String.init).joined(separator: " × ")) labels are more than \(NumberText.grouped(limit)) combinations; "
        + "give the labels that are known, or fewer candidates"
    case .nothingHeldOut:
      "no recordings are held out to compare settings on; give a folder of them, or more recordings"
    case .badTrials(let path, let problem):
      "\(path): \(problem); remove the folder that it is in, and start the trials anew"
    case .trialsChanged(let run, let what):
      "\(run): its trials were started otherwise: \(what.joined(separator: "; ")). Give the same as before, or another folder"
    case .trialsDiverged(let count):
      "the loss of all \(count) trials was not finite; lower learning rates, or clipping gradients to a smaller norm, may help"
    case .notShared(let path):
      "\(path): another process wrote it, and it is not there; give a folder that all processes see"
    case .benchmarkFailed(let problem): "nothing was timed: \(problem)"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .scoreNotFinite, .comparisonNotFinite, .badPairs, .unpaired, .emptyLog, .sameName, .noLabels,
      .nothingHeldOut, .badTrials, .trialsChanged:
      .badData
    case .replacesRecording, .notShared: .cannotCreate
    case .noRun: .noInput
    case .standardInputTwice, .noSampleRate, .tooManyCombinations, .sameRun, .tooManyRuns: .usage
    case .benchmarkFailed, .trialsDiverged: .internal
    }
  }

  /// Throws where the outputs of two recordings would have the same name.
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
