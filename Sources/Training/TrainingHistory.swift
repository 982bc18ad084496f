import Foundation
import KodamaCore

/// What a run's `metrics.jsonl` tells.
public struct TrainingHistory: Sendable, Equatable {
  /// A held-out loss.
  public struct Validation: Sendable, Equatable {
    /// After which step.
    public let step: Int
    /// In bits per sample; nil where it was not finite.
    public let bitsPerSample: Double?
    /// That of the averaged weights; nil where it was not finite, or no average is kept.
    public let averageBitsPerSample: Double?
  }

  /// A return to a checkpoint, because the loss was not finite.
  public struct Rollback: Sendable, Equatable {
    /// The step that failed.
    public let from: Int
    /// The step that training went on from.
    public let to: Int
  }

  /// The steps of the log that count, in order.
  public private(set) var steps: [StepReport] = []
  /// Steps that were taken and then given up by a rollback, in the order they were taken.
  public private(set) var abandoned: [StepReport] = []
  /// The validations that count, in order.
  public private(set) var validations: [Validation] = []
  /// The rollbacks, in order.
  public private(set) var rollbacks: [Rollback] = []

  /// The path of a run's log.
  public static func path(run: String) -> String { Folder.trimmed(run) + "/metrics.jsonl" }

  /// Reads the log of a run, which may still be written: a last line without its end is left out.
  ///
  /// - Throws: `FileFault.cannotRead` where there is none; `TrainingFault.badLog` for any other line that is none of
  ///   its kinds.
  public init(run: String) throws {
    let path = Self.path(run: run)
    let data = Data(try RegularFile.read(path))
    let decoder = JSONDecoder()
    let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    // After the last line's end an empty one follows; what stands there instead is torn.
    for (index, line) in lines.dropLast().enumerated() where !line.isEmpty {
      guard let decoded = try? decoder.decode(MetricsLine.self, from: Data(line)), add(decoded) else {
        throw TrainingFault.badLog(path: path, line: index + 1)
      }
    }
  }

  /// Adds what a line says; false where it lacks something.
  private mutating func add(_ line: MetricsLine) -> Bool {
    switch line.kind {
    case "step":
      guard let report = StepReport(line) else { return false }
      steps.append(report)
    case "validation":
      validations.append(
        Validation(
          step: line.step, bitsPerSample: line.bitsPerSample, averageBitsPerSample: line.averageBitsPerSample))
    case "rollback":
      guard let target = line.toStep else { return false }
      rollbacks.append(Rollback(from: line.step, to: target))
      abandoned += steps.filter { $0.step > target }
      steps.removeAll { $0.step > target }
      validations.removeAll { $0.step > target }
    default: return false
    }
    return true
  }
}

extension StepReport {
  /// The report that a line holds; nil where it lacks something.
  fileprivate init?(_ line: MetricsLine) {
    guard let epoch = line.epoch, let seconds = line.seconds, let bitsPerSample = line.bitsPerSample,
      let learningRate = line.learningRate, let gradientNorm = line.gradientNorm,
      let samplesPerSecond = line.samplesPerSecond
    else { return nil }
    self.init(
      step: line.step, epoch: epoch, seconds: seconds, bitsPerSample: bitsPerSample, learningRate: learningRate,
      gradientNorm: gradientNorm, samplesPerSecond: samplesPerSecond)
  }
}
