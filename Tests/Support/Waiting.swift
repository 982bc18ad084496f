import Foundation

/// A condition that did not come about.
public struct WaitingFailure: Error, CustomStringConvertible {
  public let description: String
}

/// Waits until a condition holds, looking every millisecond: tests wait for what they need, not for a time in which it
/// is likely.
///
/// - Parameter what: what is waited for, for the message.
/// - Throws: `WaitingFailure` where it does not hold in time.
public func waitUntil(_ what: String, within seconds: Double = 60, _ condition: () throws -> Bool) throws {
  let limit = ContinuousClock.now + .seconds(seconds)
  while try !condition() {
    if ContinuousClock.now > limit { throw WaitingFailure(description: "\(what): not within \(seconds) s") }
    usleep(1_000)
  }
}

/// Lets time pass: only for tests that meet a process at a random moment.
public func pause(microseconds: Int) { usleep(UInt32(microseconds)) }

extension Child {
  /// Waits until a condition holds that this process brings about.
  ///
  /// - Throws: `WaitingFailure` where it ends before, or the condition does not hold in time.
  public func wait(until what: String, within seconds: Double = 60, _ condition: () throws -> Bool) throws {
    try waitUntil(what, within: seconds) {
      if try condition() { return true }
      // It may have come about just before the end.
      if isRunning { return false }
      if try condition() { return true }
      throw WaitingFailure(description: "\(what): the process ended before. \(try errors())")
    }
  }

  /// Waits until a signal that was sent has reached the process, so that the next is a second one, or has ended it.
  public func waitUntilDelivered(_ signal: Int32) throws {
    try waitUntil("signal \(signal) is delivered") { try !isRunning || !isPending(signal) }
  }

  /// Waits until it has computed for a time: what takes processor time has begun, however busy the machine is.
  public func waitUntilBusy(processorSeconds: Double = 0.1) throws {
    let start = try self.processorSeconds()
    try wait(until: "it computes") { try self.processorSeconds() - start >= processorSeconds }
  }

  /// Waits until all that was written to it is read and none of its threads runs: it waits for more. Returns at once
  /// where it has ended.
  public func waitUntilIdle(reading input: PipeWriter) throws {
    try waitUntil("it waits for input") { try !isRunning || input.isEmpty && areThreadsAsleep() }
  }
}
