import Kodama
import Synchronization

/// Shows how training goes on standard error.
final class TrainingProgress: TrainingObserver {
  private let limit: Trainer.Limit
  private let firstStep: Int
  private let line: ProgressLine
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var smoothed: Double?

  init(limit: Trainer.Limit, firstStep: Int, quiet: Bool) {
    self.limit = limit
    self.firstStep = firstStep
    line = ProgressLine(quiet: quiet)
    start = clock.now
  }

  func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report):
      // One batch says little; the mean of about the last twenty says where the loss is.
      smoothed = smoothed.map { 0.95 * $0 + 0.05 * report.bitsPerSample } ?? report.bitsPerSample
      let elapsed = start.duration(to: clock.now).inSeconds
      let share = share(step: report.step, elapsed: elapsed)
      let rest = share > 0 ? elapsed * (1 - share) / share : .infinity
      line.update(
        share: share,
        "step \(report.step)  \(Format.decimal(smoothed!)) bits  \(Format.count(report.samplesPerSecond)) samples/s"
          + "  \(Format.duration(rest)) left")
    case .validation(let step, let raw, let average):
      let mean = average.map { ", of the averaged weights \(Format.decimal($0, 3))" } ?? ""
      line.note("step \(step): validation \(Format.decimal(raw, 3)) bits per sample\(mean)")
    case .sample(let step, let path): line.note("step \(step): audio in \(path)")
    case .rollback(let from, let to, let factor):
      line.note("step \(from): the loss is not finite; back to step \(to) with \(factor) of the learning rate")
    case .left(let path, let reason): line.warning("\(path) is left as it is: \(reason)")
    case .checkpoint: break
    }
  }

  func finish() { line.close() }

  private func share(step: Int, elapsed: Double) -> Double {
    switch limit {
    case .steps(let count): min(1, Double(step - firstStep) / Double(max(1, count - firstStep)))
    case .duration(let duration): min(1, elapsed / max(1e-9, duration.inSeconds))
    }
  }
}

/// Progress that is told from several threads.
///
/// `@unchecked Sendable`: the line is touched only while the lock is held.
final class SharedProgress: @unchecked Sendable {
  private let line: ProgressLine
  private let lock = Mutex(())

  init(_ line: ProgressLine) { self.line = line }

  func update(_ done: Int, _ total: Int) {
    lock.withLock { _ in line.update(share: Double(done) / Double(max(1, total)), "\(done) of \(total) files") }
  }
}
