import Foundation

/// A child process, its output kept in files until it has ended.
final class Child {
  /// How a process ended and what it said.
  struct End {
    /// What it returned; nil where a signal ended it.
    let status: Int32?
    /// The signal that ended it; nil where it ended by itself.
    let signal: Int32?
    /// What it wrote to standard output.
    let output: [UInt8]
    /// What it wrote to standard error.
    let errors: String

    /// The output as text.
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// A process that did not end in time.
  struct Timeout: Error, CustomStringConvertible {
    let description: String
  }

  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)")

  /// Starts a process.
  init(_ executable: String, _ arguments: [String], in directory: String? = nil) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.environment = ProcessInfo.processInfo.environment.merging(
      // A crash is told by its signal; the trace that Swift prints would take seconds.
      ["SWIFT_BACKTRACE": "enable=no", "KODAMA": Command.executable, "COLUMNS": "80"]
    ) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try file("output")
    process.standardError = try file("errors")
    process.terminationHandler = { [ended] _ in ended.signal() }
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Whether it has not ended.
  var isRunning: Bool { process.isRunning }

  /// Waits until it ends.
  ///
  /// - Throws: `Timeout`, and the process is ended.
  func end(within seconds: Double = 120) throws -> End {
    if ended.wait(timeout: .now() + seconds) == .timedOut {
      send(SIGKILL)
      let command = (process.arguments ?? []).joined(separator: " ")
      throw Timeout(description: "\(command) did not end within \(seconds) s")
    }
    let byItself = process.terminationReason == .exit
    return End(
      status: byItself ? process.terminationStatus : nil, signal: byItself ? nil : process.terminationStatus,
      output: [UInt8](try Data(contentsOf: folder.appendingPathComponent("output"))),
      errors: String(decoding: try Data(contentsOf: folder.appendingPathComponent("errors")), as: UTF8.self))
  }

  private func file(_ name: String) throws -> FileHandle {
    let url = folder.appendingPathComponent(name)
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}
