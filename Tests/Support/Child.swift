import Foundation

/// A child process, its output kept in files until it has ended.
///
/// Started by posix_spawn: Foundation's `Process` reads past the end of directory entries when it looks for open files
/// (swift-corelibs-foundation of Swift 6.3), which now and then ends the process that tests run in.
public final class Child {
  /// How a process ended and what it said.
  public struct End: Sendable {
    /// What it returned; nil where a signal ended it.
    public let status: Int32?
    /// The signal that ended it; nil where it ended by itself.
    public let signal: Int32?
    /// What it wrote to standard output.
    public let output: [UInt8]
    /// What it wrote to standard error.
    public let errors: String

    /// The output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// A process that could not be started, or did not do its work.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String

    /// A failure that is told so.
    public init(description: String) { self.description = description }
  }

  private var identifier: pid_t = 0
  /// How it ended, as waitpid says; nil while it runs.
  private var waited: Int32?
  private let command: String
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path

  /// Starts a process.
  ///
  /// - Parameters:
  ///   - directory: where it works; nil for where this process does.
  ///   - environment: variables beside those of this process.
  ///   - input: what it reads from standard input; nil for nothing.
  public init(
    _ executable: String, _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:],
    input: PipeWriter? = nil
  ) throws {
    command = ([executable] + arguments).joined(separator: " ")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // A crash is told by its signal; the trace that Swift prints would take seconds.
    let variables = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no", "COLUMNS": "80"]) { $1 }
      .merging(environment) { $1 }

    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input.readEnd, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, folder + "/output", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, folder + "/errors", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // No signal is kept from the child.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    // A child in another folder is started there by env, which becomes it.
    let line = (directory.map { ["/usr/bin/env", "-C", $0] } ?? []) + [executable] + arguments
    var words = line.map { strdup($0) } + [nil]
    var environment = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + environment { free(text) } }
    let error = posix_spawn(&identifier, line[0], &actions, &attributes, &words, &environment)
    if error != 0 { throw Failure(description: "\(command) cannot be started: \(String(cString: strerror(error)))") }
  }

  deinit {
    if isRunning {
      kill(identifier, SIGKILL)
      waitpid(identifier, nil, 0)
    }
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Sends a signal, where it has not ended.
  public func send(_ signal: Int32) { if isRunning { kill(identifier, signal) } }

  /// What it has written to standard output so far.
  public func output() throws -> [UInt8] { try bytes(folder + "/output") }

  /// What it has written to standard error so far.
  public func errors() throws -> String { String(decoding: try bytes(folder + "/errors"), as: UTF8.self) }

  /// Whether it has not ended.
  public var isRunning: Bool {
    if waited != nil || identifier == 0 { return false }
    var status: Int32 = 0
    if waitpid(identifier, &status, WNOHANG) == identifier { waited = status }
    return waited == nil
  }

  /// Waits until it ends.
  ///
  /// - Throws: `WaitingFailure` where it does not end in time; it is ended then.
  public func end(within seconds: Double = 120) throws -> End {
    do {
      try waitUntil("\(command) ends", within: seconds) { !isRunning }
    } catch {
      send(SIGKILL)
      throw error
    }
    // The lowest seven bits name the signal, the next eight are what was returned.
    let status = waited ?? 0
    let signal = status & 0x7f
    return End(
      status: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal,
      output: try output(), errors: try errors())
  }

  // MARK: What the system knows of it

  /// Whether a signal was sent and has not reached it yet.
  func isPending(_ signal: Int32) throws -> Bool {
    let line = try text("status").split(separator: "\n").first { $0.hasPrefix("ShdPnd:") }
    let set = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) }
    guard let set else { throw Failure(description: "no pending signals of \(command)") }
    return set & (1 << UInt64(signal - 1)) != 0
  }

  /// The processor time that its threads have taken, in seconds.
  func processorSeconds() throws -> Double {
    let fields = try fields("stat")
    guard let user = Double(fields[11]), let kernel = Double(fields[12]) else {
      throw Failure(description: "no processor time of \(command)")
    }
    return (user + kernel) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Whether none of its threads runs, or could.
  func areThreadsAsleep() throws -> Bool {
    let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/task")
    // A thread that has ended meanwhile was one that ran.
    return threads.allSatisfy { (try? fields("task/\($0)/stat").first) == "S" }
  }

  /// What stands behind the name in a file of the form of proc(5)'s stat, from the state on.
  private func fields(_ name: String) throws -> [Substring] {
    let text = try text(name)
    return text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").dropFirst().map { $0 }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: "/proc/\(identifier)/\(name)", encoding: .utf8)
  }
}

/// A Python that tests hold results to other tools with.
public struct Python: Sendable {
  private let executable: String

  /// The first of `$KODAMA_PYTHON` and `python3` that can import all of the modules; nil where neither can.
  public init?(importing modules: String...) {
    let line = modules.map { "import \($0)" }.joined(separator: "; ")
    let named = ProcessInfo.processInfo.environment["KODAMA_PYTHON"].map { [$0] } ?? []
    let found = (named + ["python3"]).first { (try? Self.start($0, ["-c", line], in: nil))?.status == 0 }
    guard let found else { return nil }
    executable = found
  }

  /// Runs it to its end.
  public func run(_ arguments: [String], in folder: String? = nil) throws -> Child.End {
    try Self.start(executable, arguments, in: folder)
  }

  private static func start(_ executable: String, _ arguments: [String], in folder: String?) throws -> Child.End {
    try Child("/usr/bin/env", [executable] + arguments, in: folder).end(within: 600)
  }
}
