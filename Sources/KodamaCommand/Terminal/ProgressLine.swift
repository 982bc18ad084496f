import Kodama

/// Progress of long work: one line that is overwritten on a terminal, a line every ten seconds elsewhere, nothing when
/// quiet.
final class ProgressLine {
  private let isQuiet: Bool
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant
  private var isOpen = false

  init(quiet: Bool) {
    isQuiet = quiet
    // Short work prints nothing in a log; on a terminal the line is shown at once.
    last = Terminal.isInteractive ? clock.now - .seconds(1) : clock.now
  }

  /// Shows the progress.
  ///
  /// - Parameters:
  ///   - share: the finished share, 0 to 1.
  ///   - text: the text after the bar.
  ///   - force: shows it even immediately after the last update.
  func update(share: Double, _ text: @autoclosure () -> String, force: Bool = false) {
    if isQuiet { return }
    let now = clock.now
    let pause: Duration = Terminal.isInteractive ? .milliseconds(100) : .seconds(10)
    if !force && last.duration(to: now) < pause { return }
    last = now
    // A rollback may lead to before the first step of this session.
    let share = share > 0 ? min(1, share) : 0
    let percent = "\(Int((share * 100).rounded(.down)))%"
    if Terminal.isInteractive {
      let text = text().visible()
      let width = 24
      let filled = Int((share * Double(width)).rounded(.down))
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      let padding = String(repeating: " ", count: 4 - percent.count)
      Terminal.write("\r\u{1B}[K" + String("\(padding)\(percent) \(bar) \(text)".prefix(Terminal.columns - 1)))
      isOpen = true
    } else {
      Terminal.note("\(percent) \(text())")
    }
  }

  /// Writes a separate line above the progress.
  func note(_ text: String) {
    close()
    if !isQuiet { Terminal.note(text) }
  }

  /// Writes a warning, above the progress.
  func warning(_ text: String) {
    close()
    if !isQuiet { Terminal.warning(text) }
  }

  /// Ends the line.
  func close() {
    if isOpen { Terminal.write("\n") }
    isOpen = false
  }
}
