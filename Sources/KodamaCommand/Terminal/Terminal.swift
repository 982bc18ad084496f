import Kodama

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output for data, standard error for progress and messages.
enum Terminal {
  /// Reserves the descriptors of closed standard streams, so that no file opened later receives their output. Writing
  /// to them fails as to a closed stream.
  static func reserveDescriptors() {
    for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) == -1 { _ = open("/dev/null", O_RDONLY) }
  }

  /// Whether standard error is a terminal.
  static var isInteractive: Bool { isatty(2) == 1 }

  /// Whether standard output is a terminal.
  static var showsOutput: Bool { isatty(1) == 1 }

  /// Columns of the terminal, 80 where unknown.
  static var columns: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// The maximum length of a message: names and keys may be of any length.
  private static let longestLine = 4096

  /// Writes lines of data, such as JSON or CSV, unchanged except for control characters on a terminal.
  ///
  /// - Throws: `FileFault.brokenPipe`, `.cannotWrite`.
  static func data(_ text: String, terminator: String = "\n") throws {
    let text = showsOutput ? text.visible(keepingNewlines: true) : text
    try FileWriter.standardOutput.write(text + terminator)
  }

  /// Writes lines for display to standard output, such as a table, with control characters made visible.
  ///
  /// - Throws: `FileFault.brokenPipe`, `.cannotWrite`.
  static func text(_ text: String, terminator: String = "\n") throws {
    try data(text.visible(keepingNewlines: true), terminator: terminator)
  }

  /// Writes a line for display, with control characters made visible.
  static func note(_ text: String) { write(text.visible().excerpt(longestLine) + "\n") }

  /// Writes a message of the command-line parser, which may have several lines.
  static func usage(_ text: String) { write(text.visible(keepingNewlines: true) + "\n") }

  /// Writes text unchanged, including terminal control sequences, without a newline.
  static func write(_ text: String) { try? FileWriter(descriptor: 2, path: "standard error").write(text) }

  /// Writes a warning.
  static func warning(_ text: String) { note("kodama: warning: \(text)") }

  /// Writes an error message.
  static func error(_ text: String) { note("kodama: \(text)") }
}
