/// The time of a process's steps, and how much of it the process waited for others.
package final class WaitingTime {
  private var (steps, waited) = (Duration.zero, Duration.zero)
  private var begun: ContinuousClock.Instant?

  package init() {}

  /// A step begins.
  func begin() { begun = .now }

  /// The step ends.
  func end() {
    if let begun { steps += .now - begun }
    begun = nil
  }

  /// Counts the time of `body`, in steps.
  func measure(_ body: () -> Void) {
    let start = ContinuousClock.now
    body()
    if begun != nil { waited += .now - start }
  }

  /// The share of the time of steps.
  var share: Double { steps > .zero ? waited / steps : 0 }
}
