import Foundation
import KodamaCore

/// `metrics.jsonl`: one JSON object a line, of the kinds `step` (a `StepReport`), `validation`, `rollback`.
///
/// When a run is continued, lines of steps that will be taken again are dropped, and lines that are damaged, such as a last
/// one torn by a crash.
public final class MetricsLog: TrainingObserver {
  private let path: String
  private let interval: Int
  private let handle: FileHandle
  private let encoder = JSONEncoder()

  /// Opens the log of a run that has taken `step` steps.
  ///
  /// - Parameter interval: steps between two lines of the kind `step`.
  /// - Throws: `FileFault`.
  public init(run: String, step: Int, interval: Int) throws {
    path = TrainingHistory.path(run: run)
    self.interval = max(1, interval)
    encoder.outputFormatting = [.sortedKeys]
    try Self.repair(path, keepingUntil: step)
    handle = FileHandle(fileDescriptor: try RegularFile.openToAppend(path), closeOnDealloc: true)
  }

  public func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report) where report.isLogged(every: interval):
      try append(
        MetricsLine(
          kind: "step", step: report.step, epoch: report.epoch, seconds: report.seconds,
          bitsPerSample: report.bitsPerSample, learningRate: report.learningRate, gradientNorm: report.gradientNorm,
          samplesPerSecond: report.samplesPerSecond))
    case .validation(let step, let raw, let average):
      // JSON has no NaN and no infinity: a score that is none is left out.
      try append(
        MetricsLine(
          kind: "validation", step: step, bitsPerSample: raw.isFinite ? raw : nil,
          averageBitsPerSample: average.flatMap { $0.isFinite ? $0 : nil }))
    case .rollback(let from, let to, _): try append(MetricsLine(kind: "rollback", step: from, toStep: to))
    case .step, .checkpoint, .sample, .left: break
    }
  }

  private func append(_ line: MetricsLine) throws {
    var data = try encoder.encode(line)
    data.append(0x0A)
    try data.withUnsafeBytes { try FileWriter(descriptor: handle.fileDescriptor, path: path).write($0) }
  }

  /// Drops the lines after `step`, a torn last one, and any other that is none of this log's.
  private static func repair(_ path: String, keepingUntil step: Int) throws {
    if !AtomicFile.exists(path) { return }
    let data = Data(try RegularFile.read(path))
    let lines = data.split(separator: 0x0A)
    let kept = lines.filter { line in
      (try? MetricsEntry(json: line)).map { $0.step <= step } ?? false
    }
    if kept.count == lines.count && (data.isEmpty || data.last == 0x0A) { return }
    try AtomicFile.write(to: path, existing: .replace) { writer in
      for line in kept { try writer.write(Array(line) + [0x0A]) }
    }
  }
}
