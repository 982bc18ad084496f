import Kodama
import KodamaCore

/// Shows the progress of training on standard error.
final class TrainingProgress: TrainingObserver {
  private let limit: TrainingLimit
  private let firstStep: Int
  private let validationInterval: Int
  private let line: ProgressLine
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  /// What is shown of steps, by the measure: the mean of about the last twenty.
  private var smoothed: [Measure: Double] = [:]
  private let named: [Measure]
  private var step: Int
  /// When the present work, such as validation, began.
  private var workStart: ContinuousClock.Instant?
  private var workShare = 0.0
  /// The time of all work besides steps, in seconds, that of validations, and their number.
  private var (workSeconds, validationSeconds, validations) = (0.0, 0.0, 0)

  /// - Parameters:
  ///   - validationInterval: steps between two validations; 0 where there are none.
  ///   - named: the measures of steps that are shown with their names; empty for the loss alone.
  init(limit: TrainingLimit, firstStep: Int, validationInterval: Int, named: [Measure] = [], quiet: Bool) {
    self.named = named
    self.limit = limit
    self.firstStep = firstStep
    self.validationInterval = validationInterval
    step = firstStep
    line = ProgressLine(quiet: quiet)
    start = clock.now
  }

  func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report):
      step = report.step
      // Those of one batch are noisy.
      for value in report.values {
        smoothed[value.measure] = smoothed[value.measure].map { 0.95 * $0 + 0.05 * value.value } ?? value.value
      }
      func text(_ measure: Measure) -> String {
        let number = Format.decimal(smoothed[measure] ?? .nan)
        return measure.unit.isEmpty ? number : "\(number) \(short(measure))"
      }
      let shown =
        named.isEmpty ? text(report.loss.measure) : named.map { "\($0.name) \(text($0))" }.joined(separator: "  ")
      update(
        "step \(step)  \(shown)  \(Format.count(report.speed.value)) \(short(report.speed.measure))")
    case .working(let work, let share):
      (workStart, workShare) = (workStart ?? clock.now, share)
      update("step \(step)  \(work)\(share > 0 ? " \(Int(share * 100)) %" : "")")
    case .validation(let report):
      validationSeconds += endWork()
      validations += 1
      let mean =
        report.average.isEmpty
        ? "" : ", of the averaged weights \(report.average.map(\.textWithoutUnit).joined(separator: ", "))"
      line.note("step \(report.step): validation \(report.weights.map(\.text).joined(separator: ", "))\(mean)")
    case .sample(let report, let path):
      endWork()
      line.note("step \(report.step): audio in \(path)\(sound(report))")
    case .rollback(let from, let to, let factor):
      line.note("step \(from): the loss is not finite; back to step \(to) with \(factor) of the learning rate")
    case .left(let path, let reason): line.warning("\(path) is left as it is: \(reason)")
    case .checkpoint, .best: break
    }
  }

  func finish() { line.close() }

  /// Adds the time of the work that ends, in seconds.
  @discardableResult private func endWork() -> Double {
    let seconds = workStart.map { $0.duration(to: clock.now).inSeconds } ?? 0
    (workStart, workShare) = (nil, 0)
    workSeconds += seconds
    return seconds
  }

  private func update(_ text: String) {
    let elapsed = start.duration(to: clock.now).inSeconds
    let rest = rest(elapsed: elapsed)
    line.update(share: elapsed / max(1e-9, elapsed + rest), "\(text)  \(Format.duration(rest)) left")
  }

  /// The time that is left, in seconds: that of steps and validations.
  private func rest(elapsed: Double) -> Double {
    switch limit {
    case .duration(let duration): return max(0, duration.inSeconds - elapsed)
    case .steps(let count):
      let (taken, workTime) = (step - firstStep, workStart.map { $0.duration(to: clock.now).inSeconds } ?? 0)
      if taken <= 0 { return count > step ? .infinity : 0 }
      let stepSeconds = (elapsed - workSeconds - workTime) / Double(taken)
      let present = workShare > 0 ? workTime * (1 - workShare) / workShare : 0
      return Double(max(0, count - step)) * stepSeconds + present
        + Double(validationsLeft(of: count)) * validationTime(stepSeconds: stepSeconds, count)
    }
  }

  /// The validations after the present step, with one at the end.
  private func validationsLeft(of count: Int) -> Int {
    if validationInterval == 0 { return 0 }
    let all = count / validationInterval + (count % validationInterval == 0 ? 0 : 1)
    return max(0, all - step / validationInterval)
  }

  /// The mean time of a validation, in seconds; before the first one is over, a tenth of the steps before it.
  private func validationTime(stepSeconds: Double, _ count: Int) -> Double {
    validations > 0
      ? validationSeconds / Double(validations) : 0.1 * stepSeconds * Double(min(validationInterval, count))
  }

  /// What is measured of a sample, with that of the recordings.
  private func sound(_ report: SampleReport) -> String {
    let parts = report.generated.map { value in
      let recorded = report.recorded[value.measure].map { " (recordings \(Format.decimal($0, 1)))" } ?? ""
      let words = value.measure.words.joined(separator: " ")
      return "\(words) \(Format.decimal(value.value, 1)) \(value.measure.unit)\(recorded)"
    }
    return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
  }

  /// The abbreviated unit: bits/sample, samples/s.
  private func short(_ measure: Measure) -> String {
    measure.unit.replacing(" per second", with: "/s").replacing(" per ", with: "/")
  }
}

/// Progress that is updated from several threads.
///
/// `@unchecked Sendable`: the line is accessed only under the lock.
final class SharedProgress: @unchecked Sendable {
  private let line: ProgressLine
  private let lock = Locked(())

  init(_ line: ProgressLine) { self.line = line }

  func update(_ done: Int, _ total: Int) {
    lock.withLock { _ in
      line.update(share: Double(done) / Double(max(1, total)), "\(done) of \(Plural.text(total, "file"))")
    }
  }
}
