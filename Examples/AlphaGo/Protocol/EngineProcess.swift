import Foundation
import GoGame
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Another program that speaks the Go Text Protocol, started by a command line of the shell.
///
/// It is a group of processes of its own, which is ended as a whole at the latest where the value is released.
public final class EngineProcess {
  /// The command line.
  public let command: String
  /// The longest time for a response, in seconds.
  public var patience: Double
  private var process: pid_t = 0
  private var (input, output): (Int32, Int32) = (-1, -1)
  /// The other end of the input, open here too, so that writing to a program that has ended is no signal.
  private var inputReader: Int32 = -1
  private var received: [UInt8] = []
  /// How many of the received bytes are known to hold no end of a response.
  private var searched = 0
  private var isRunning = true
  /// The longest response, in bytes.
  private static let longestResponse = 4 << 20

  /// Starts a program.
  ///
  /// - Parameter patience: the longest time for a response, in seconds.
  /// - Throws: `ResourceFault.process` where the system starts none. A command that does not exist is found by the first
  ///   response.
  public init(_ command: String, patience: Double = 600) throws {
    self.command = command
    self.patience = patience
    var (toChild, fromChild): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    func reason() -> String { String(cString: strerror(errno)) }
    guard pipe(&toChild) == 0 else { throw ResourceFault.process(reason: reason()) }
    guard pipe(&fromChild) == 0 else {
      let text = reason()
      for descriptor in toChild { close(descriptor) }
      throw ResourceFault.process(reason: text)
    }
    // An engine that inherited the other's pipe would keep it open.
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    #if os(Linux)
      var (attributes, actions) = (posix_spawnattr_t(), posix_spawn_file_actions_t())
    #else
      var attributes: posix_spawnattr_t?
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    // This program ignores a closed pipe, which the other should not inherit.
    var pipeSignal = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &pipeSignal)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    let (line, surroundings) = (["sh", "-c", command], ProcessInfo.processInfo.environment.map { "\($0)=\($1)" })
    let (words, variables) = (line.map { strdup($0) }, surroundings.map { strdup($0) })
    defer { for copy in words + variables { free(copy) } }
    let status = posix_spawn(&process, "/bin/sh", &actions, &attributes, words + [nil], variables + [nil])
    close(fromChild[1])
    (inputReader, input, output) = (toChild[0], toChild[1], fromChild[0])
    if status != 0 {
      isRunning = false
      for descriptor in [inputReader, input, output] { close(descriptor) }
      throw ResourceFault.process(reason: String(cString: strerror(status)))
    }
    _ = fcntl(input, F_SETFL, O_NONBLOCK)
  }

  deinit { end(within: 0) }

  private func fault(_ problem: String) -> GoFault { .engine(command: command, problem: problem) }

  /// Sends a command and waits for its result.
  ///
  /// - Throws: `GoFault.engine` for an error as the response, none in time, and the end of the program.
  @discardableResult public func send(_ line: String) throws -> String {
    let response = try exchange(line)
    guard response.isSuccess else {
      throw fault("\(line.prefix(80)) was answered with the error \(response.text.prefix(200))")
    }
    return response.text
  }

  /// Sends a command and waits for its response.
  ///
  /// - Throws: `GoFault.engine` for no response in time, one that is not of the protocol, and the end of the program.
  public func exchange(_ line: String) throws -> GTPResponse {
    guard isRunning else { throw fault("it has ended") }
    let limit = ContinuousClock.now + .seconds(patience)
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      try wait(for: input, Int16(POLLOUT), until: limit, line)
      let count = rest.withUnsafeBytes { sendBytes(input, $0.baseAddress, $0.count) }
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      if count < 0 { throw fault("it ended before \(line.prefix(80))") }
      rest = rest.dropFirst(count)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      if let response = try takeResponse() { return response }
      try wait(for: output, Int16(POLLIN), until: limit, line)
      let count = receiveBytes(output, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw fault("it ended without a response to \(line.prefix(80))") }
      received += buffer[..<count].filter { $0 != 13 }
      if received.count > Self.longestResponse { throw fault("its response to \(line.prefix(80)) does not end") }
    }
  }

  private func wait(for descriptor: Int32, _ events: Int16, until limit: ContinuousClock.Instant, _ line: String) throws
  {
    while true {
      let left = (limit - .now) / .milliseconds(1)
      if left <= 0 {
        throw fault("there was no response to \(line.prefix(80)) within \(GameRecord.number(patience)) s")
      }
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&entry, 1, Int32(min(left + 1, 1e6)))
      if count > 0 { return }
      if count < 0 && errno != EINTR { throw fault(String(cString: strerror(errno))) }
    }
  }

  /// The response that ends with the first empty line of what was received.
  private func takeResponse() throws -> GTPResponse? {
    if searched == 0 { received.removeFirst(received.firstIndex { $0 != 10 } ?? received.count) }
    var end = max(0, searched - 1)
    while end + 1 < received.count && !(received[end] == 10 && received[end + 1] == 10) { end += 1 }
    guard end + 1 < received.count else {
      searched = received.count
      return nil
    }
    let text = String(decoding: received[..<end], as: UTF8.self)
    received.removeSubrange(..<(end + 2))
    searched = 0
    guard let mark = text.first, mark == "=" || mark == "?" else {
      throw fault("its response begins with \(text.prefix(40).debugDescription), not with = or ?")
    }
    let body = text.dropFirst().drop { $0.isASCII && $0.isNumber }.drop { $0 == " " || $0 == "\t" }
    return GTPResponse(id: nil, isSuccess: mark == "=", String(body))
  }

  /// Ends the program: by `quit` and the end of its input, after a time by SIGTERM, then by SIGKILL.
  ///
  /// - Parameter seconds: how long it may take after each of the first two.
  public func end(within seconds: Double = 2) {
    guard isRunning else { return }
    isRunning = false
    let quit = Array("quit\n".utf8)
    if seconds > 0 { _ = quit.withUnsafeBytes { sendBytes(input, $0.baseAddress, $0.count) } }
    close(input)
    close(inputReader)
    if !hasEnded(within: seconds) {
      kill(-process, SIGTERM)
      if !hasEnded(within: seconds) {
        kill(-process, SIGKILL)
        while waitpid(process, nil, 0) < 0 && errno == EINTR {}
      }
    }
    // What the shell may have started and left.
    kill(-process, SIGKILL)
    close(output)
  }

  private func hasEnded(within seconds: Double) -> Bool {
    let limit = ContinuousClock.now + .seconds(seconds)
    while true {
      let found = waitpid(process, nil, WNOHANG)
      if found == process || found < 0 && errno == ECHILD { return true }
      if ContinuousClock.now >= limit { return false }
      usleep(2000)
    }
  }
}

/// `write` and `read` of the system, which the names of methods would hide.
private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

private func receiveBytes(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}
