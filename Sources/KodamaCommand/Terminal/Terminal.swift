import Kodama

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output for data, standard error for progress and messages.
enum Terminal {
  /// Takes the places of standard streams that are closed, so that no file opened later gets what is meant for them.
  /// What is written to such a place fails as on a closed stream.
  static func reserveDescriptors() {
    for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) == -1 { _ = open("/dev/null", O_RDONLY) }
  }

  /// Whether a person watches standard error.
  static var isInteractive: Bool { isatty(2) == 1 }

  /// Columns of the terminal, 80 where nobody says.
  static var columns: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Writes a line of data.
  ///
  /// - Throws: `FileFault.brokenPipe`, `.cannotWrite`.
  static func data(_ text: String) throws { try FileWriter.standardOutput.write(text + "\n") }

  /// Writes a line for the person.
  static func note(_ text: String) { try? FileWriter(descriptor: 2, path: "standard error").write(text + "\n") }

  /// Writes text for the person without ending the line.
  static func write(_ text: String) { try? FileWriter(descriptor: 2, path: "standard error").write(text) }

  /// Writes a line about something that is not right but does not stop the work.
  static func warning(_ text: String) { note("kodama: warning: \(text)") }

  /// Writes why the command fails.
  static func error(_ text: String) { note("kodama: \(text)") }
}
