/// Whether a stream is worth sharing: after a duet that was slower than one thread it stays alone, each time for twice as
/// many calls.
struct DuetPace: Sendable {
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
