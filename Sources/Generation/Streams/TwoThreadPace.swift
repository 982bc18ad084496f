/// Whether a stream is worth sharing: after a call in which two threads were slower than one it stays on one, each time for twice as
/// many calls.
struct TwoThreadPace: Sendable {
  private var callsAlone = 0
  private var rest = 0

  /// Whether this call is to stay alone.
  mutating func isAlone() -> Bool {
    if callsAlone == 0 { return false }
    callsAlone -= 1
    return true
  }

  mutating func note(isSlow: Bool) {
    rest = isSlow ? min(max(1, 2 * rest), 64) : 0
    callsAlone = rest
  }
}
