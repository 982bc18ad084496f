import KodamaCheckpoints
import KodamaCore

/// The history of a run, read from `metrics.jsonl`.
public struct TrainingHistory: Sendable, Equatable {
  /// The measures of the run.
  public let measures: TaskMeasures
  /// The steps that were not rolled back, in order.
  public private(set) var steps: [StepReport] = []
  /// Steps that were undone by a rollback, in the order they were taken.
  public private(set) var abandoned: [StepReport] = []
  /// The validations that were not rolled back, in order.
  public private(set) var validations: [ValidationReport] = []
  /// The measures of samples of the output that were not rolled back, in order.
  public private(set) var samples: [SampleReport] = []
  /// The rollbacks, in order.
  public private(set) var rollbacks: [RollbackReport] = []

  /// The path of a run's log.
  public static func path(run: String) -> String { Folder.trimmed(run) + "/metrics.jsonl" }

  /// Reads the log of a run, which may still be written: an incomplete last line is ignored.
  ///
  /// - Throws: `FileFault.cannotRead` where there is none; `TrainingFault.badLog` for any other invalid line;
  ///   `CheckpointFault` where a checkpoint has invalid measures.
  public init(run: String) throws {
    measures = try RunFolder(run).taskMeasures()
    let path = Self.path(run: run)
    let lines = try RegularFile.read(path).split(separator: 0x0A, omittingEmptySubsequences: false)
    // The text after the last newline is empty, or an incomplete line.
    for (index, line) in lines.dropLast().enumerated() where !line.isEmpty {
      do throws(MetricsEntry.Problem) {
        add(try MetricsEntry(text: Array(line), measures: measures))
      } catch {
        throw TrainingFault.badLog(path: path, line: index + 1, problem: error.text)
      }
    }
  }

  /// Adds a line.
  private mutating func add(_ entry: MetricsEntry) {
    switch entry {
    case .step(let report): steps.append(report)
    case .validation(let report): validations.append(report)
    case .sample(let report): samples.append(report)
    case .rollback(let rollback):
      rollbacks.append(rollback)
      abandoned += steps.filter { $0.step > rollback.to }
      steps.removeAll { $0.step > rollback.to }
      validations.removeAll { $0.step > rollback.to }
      samples.removeAll { $0.step > rollback.to }
    }
  }
}
