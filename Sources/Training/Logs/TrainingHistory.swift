import KodamaCheckpoints
import KodamaCore

/// What a run's `metrics.jsonl` tells.
public struct TrainingHistory: Sendable, Equatable {
  /// What the run reports.
  public let measures: TaskMeasures
  /// The steps of the log that count, in order.
  public private(set) var steps: [StepReport] = []
  /// Steps that were taken and then given up by a rollback, in the order they were taken.
  public private(set) var abandoned: [StepReport] = []
  /// The validations that count, in order.
  public private(set) var validations: [ValidationReport] = []
  /// The rollbacks, in order.
  public private(set) var rollbacks: [RollbackReport] = []

  /// The path of a run's log.
  public static func path(run: String) -> String { Folder.trimmed(run) + "/metrics.jsonl" }

  /// Reads the log of a run, which may still be written: a last line without its end is left out.
  ///
  /// - Throws: `FileFault.cannotRead` where there is none; `TrainingFault.badLog` for any other line that training
  ///   does not write; `CheckpointFault` where a checkpoint says nothing sensible of the run's measures.
  public init(run: String) throws {
    measures = try RunFolder(run).taskMeasures()
    let path = Self.path(run: run)
    let lines = try RegularFile.read(path).split(separator: 0x0A, omittingEmptySubsequences: false)
    // After the last line's end an empty one follows; what stands there instead is torn.
    for (index, line) in lines.dropLast().enumerated() where !line.isEmpty {
      do throws(MetricsEntry.Problem) {
        add(try MetricsEntry(text: Array(line), measures: measures))
      } catch {
        throw TrainingFault.badLog(path: path, line: index + 1, problem: error.text)
      }
    }
  }

  /// Adds what a line tells.
  private mutating func add(_ entry: MetricsEntry) {
    switch entry {
    case .step(let report): steps.append(report)
    case .validation(let report): validations.append(report)
    case .rollback(let rollback):
      rollbacks.append(rollback)
      abandoned += steps.filter { $0.step > rollback.to }
      steps.removeAll { $0.step > rollback.to }
      validations.removeAll { $0.step > rollback.to }
    }
  }
}
