import Foundation
import KodamaCore

/// `metrics.jsonl`: one JSON object a line, of the kinds `step`, `validation`, `sample`, `rollback`, with the task's
/// measures under their names:
///
///     {"kind":"step","step":10,"epoch":0.5,"seconds":3.1,"bitsPerSample":2.5,"learningRate":0.001,…}
///     {"kind":"validation","step":500,"bitsPerSample":2.1,"averageBitsPerSample":2.0}
///     {"kind":"sample","step":500,"voicedShare":61.2,"recordedVoicedShare":97.5,…}
///     {"kind":"rollback","step":731,"toStep":500}
///
/// When a run is resumed, lines of steps that will be repeated are dropped, and damaged lines, such as an incomplete
/// last one after a crash.
public final class MetricsLog: TrainingObserver {
  private let path: String
  private let interval: Int
  private let handle: FileHandle

  /// Opens the log of a run after `step` steps.
  ///
  /// - Parameters:
  ///   - interval: steps between two lines of the kind `step`.
  ///   - measures: those of the task.
  /// - Throws: `FileFault`.
  public init(run: String, step: Int, interval: Int, measures: TaskMeasures) throws {
    path = TrainingHistory.path(run: run)
    self.interval = max(1, interval)
    try Self.repair(path, measures, keepingUntil: step)
    handle = FileHandle(fileDescriptor: try RegularFile.openToAppend(path), closeOnDealloc: true)
  }

  public func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report) where report.isLogged(every: interval): try append(.step(report))
    case .validation(let report): try append(.validation(report))
    case .sample(let report, _): if !(report.generated + report.recorded).isEmpty { try append(.sample(report)) }
    case .rollback(let from, let to, _): try append(.rollback(RollbackReport(from: from, to: to)))
    case .step, .checkpoint, .best, .working, .left: break
    }
  }

  private func append(_ entry: MetricsEntry) throws {
    try FileWriter(descriptor: handle.fileDescriptor, path: path).write(entry.json.description + "\n")
  }

  /// Drops the lines after `step`, an incomplete last one, and all others that are invalid.
  private static func repair(_ path: String, _ measures: TaskMeasures, keepingUntil step: Int) throws {
    if !AtomicFile.exists(path) { return }
    let data = try RegularFile.read(path)
    let lines = data.split(separator: 0x0A)
    let kept = lines.filter { line in
      (try? MetricsEntry(text: Array(line), measures: measures)).map { $0.step <= step } ?? false
    }
    if kept.count == lines.count && (data.isEmpty || data.last == 0x0A) { return }
    try AtomicFile.write(to: path, existing: .replace) { writer in
      for line in kept { try writer.write(Array(line) + [0x0A]) }
    }
  }
}
