import KodamaCore

/// Errors in training.
public enum TrainingFault: Fault, Equatable {
  /// Another process is training in the run folder.
  case locked(run: String)
  /// The folder contains a run, and resuming was not requested.
  case runExists(run: String)
  /// The folder contains no run to resume.
  case noRun(run: String)
  /// Invalid contents of a checkpoint file.
  case badCheckpoint(path: String, problem: String)
  /// An invalid line of a log.
  case badLog(path: String, line: Int, problem: String)
  /// The run would be resumed with other settings or data than before.
  case changed(run: String, what: [String])
  /// A cosine schedule without the number of its steps.
  case endlessCosine
  /// A pass over crops, which are described, takes more memory than this machine has; both in bytes.
  case tooLittleMemory(crops: String, needed: Double, present: Double)
  /// An invalid setting of the plan.
  case badPlan(field: String, problem: String)
  /// A teacher whose input or output is not that of its student.
  case otherTeacher(path: String, what: String, teacher: String, student: String)
  /// A file that does not hold a teacher's targets, or a folder that does not hold its sound.
  case badTargets(path: String, problem: String)
  /// The loss was repeatedly not finite, at decreasing rates.
  case diverged(step: Int, rollbacks: Int, checkpoint: String)

  public var description: String {
    switch self {
    case .locked(let run): "\(run): another process is training here; wait for it to end, or give another folder"
    case .runExists(let run):
      "\(run) already contains a run; resume it, or give another folder to start a new one beside it"
    case .noRun(let run): "\(run): no checkpoint of a run is here to resume; give the folder of a run, or start one"
    case .badCheckpoint(let path, let problem): "\(path): \(problem); an older folder of checkpoints/ may be whole"
    case .badLog(let path, let line, let problem):
      "\(path): line \(line): \(problem); remove the line, or resume the run, which does"
    case .changed(let run, let what):
      "\(run) was started with other settings: \(what.joined(separator: "; ")). Give the same ones, or allow the changes"
    case .endlessCosine: "schedule: the cosine schedule needs an end; give the number of its steps"
    case .tooLittleMemory(let crops, let needed, let present):
      "crop: \(crops) need about \(Self.gigabytes(needed)) of memory, and this machine has "
        + "\(Self.gigabytes(present)); use shorter crops"
    case .badPlan(let field, let problem): "\(field): \(problem)"
    case .otherTeacher(let path, let what, let teacher, let student):
      "\(path): the \(what) of the teacher is \(teacher), and of the network that learns from it \(student); they must be the "
        + "same"
    case .badTargets(let path, let problem): "\(path): \(problem); remove it, and it is made again"
    case .diverged(let step, let rollbacks, let checkpoint):
      "the loss at step \(step) was not finite after \(Plural.text(rollbacks, "rollback")) to the last good checkpoint, each with half the "
        + "learning rate; \(checkpoint) is kept. A lower learning rate, or clipping gradients to a smaller norm, may help"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .locked, .runExists: .cannotCreate
    case .noRun: .noInput
    case .badCheckpoint, .badLog, .changed, .otherTeacher, .badTargets: .badData
    case .badPlan, .endlessCosine, .tooLittleMemory: .usage
    case .diverged: .internal
    }
  }

  private static func gigabytes(_ bytes: Double) -> String { "\(Int(min(1e15, bytes / 1e9).rounded(.up))) GB" }
}
