import Kodama
import KodamaCore

/// Shows the progress of training on standard error.
final class TrainingProgress: TrainingObserver {
  private let limit: TrainingLimit
  private let firstStep: Int
  private let line: ProgressLine
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var smoothed: Double?

  init(limit: TrainingLimit, firstStep: Int, quiet: Bool) {
    self.limit = limit
    self.firstStep = firstStep
    line = ProgressLine(quiet: quiet)
    start = clock.now
  }

  func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report):
      // The loss of one batch is noisy; the mean of about the last twenty is shown.
      smoothed = smoothed.map { 0.95 * $0 + 0.05 * report.loss.value } ?? report.loss.value
      let elapsed = start.duration(to: clock.now).inSeconds
      let share = share(step: report.step, elapsed: elapsed)
      let rest = share > 0 ? elapsed * (1 - share) / share : .infinity
      line.update(
        share: share,
        "step \(report.step)  \(Format.decimal(smoothed!)) \(short(report.loss.measure))  "
          + "\(Format.count(report.speed.value)) \(short(report.speed.measure))"
          + "  \(Format.duration(rest)) left")
    case .validation(let report):
      let mean = report.average.isEmpty ? "" : ", of the averaged weights \(text(report.average, withUnits: false))"
      line.note("step \(report.step): validation \(text(report.weights, withUnits: true))\(mean)")
    case .sample(let step, let path): line.note("step \(step): audio in \(path)")
    case .rollback(let from, let to, let factor):
      line.note("step \(from): the loss is not finite; back to step \(to) with \(factor) of the learning rate")
    case .left(let path, let reason): line.warning("\(path) is left as it is: \(reason)")
    case .checkpoint: break
    }
  }

  func finish() { line.close() }

  /// Each value, with or without its unit.
  private func text(_ values: [MeasuredValue], withUnits: Bool) -> String {
    values.map { value in
      let unit = withUnits && !value.measure.unit.isEmpty ? " " + value.measure.unit : ""
      let name = value.measure.unit.isEmpty ? value.measure.words.joined(separator: " ") + " " : ""
      return name + Format.decimal(value.value, 3) + unit
    }.joined(separator: ", ")
  }

  /// The abbreviated unit: bits/sample, samples/s.
  private func short(_ measure: Measure) -> String {
    measure.unit.replacing(" per second", with: "/s").replacing(" per ", with: "/")
  }

  private func share(step: Int, elapsed: Double) -> Double {
    switch limit {
    case .steps(let count): min(1, Double(step - firstStep) / Double(max(1, count - firstStep)))
    case .duration(let duration): min(1, elapsed / max(1e-9, duration.inSeconds))
    }
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
