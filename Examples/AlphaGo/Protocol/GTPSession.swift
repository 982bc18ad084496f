import Foundation
import GoGame
import KodamaCore

/// Carries out the commands of an input until it ends or `quit` is received.
public struct GTPSession {
  private var engine: GTPEngine
  private let write: (String) throws -> Void
  private var line: [UInt8] = []
  private var isTooLong = false

  /// A session.
  ///
  /// - Parameter write: receives each response as it is written.
  public init(_ engine: GTPEngine, write: @escaping (String) throws -> Void) {
    (self.engine, self.write) = (engine, write)
  }

  /// Whether `quit` was received.
  public var hasQuit: Bool { engine.hasQuit }

  /// Takes bytes of the input, which may end anywhere in a line.
  public mutating func receive(_ bytes: some Sequence<UInt8>) throws {
    for byte in bytes {
      if hasQuit { return }
      if byte == 10 {
        try endLine()
      } else if line.count > GTPEngine.longestLine {
        isTooLong = true
      } else {
        line.append(byte)
      }
    }
  }

  /// The input has ended: a last line without an end counts.
  public mutating func end() throws {
    if !hasQuit && !line.isEmpty { try endLine() }
  }

  private mutating func endLine() throws {
    let response = engine.respond(to: line)
    line.removeAll(keepingCapacity: !isTooLong)
    isTooLong = false
    if let response { try write(response.written) }
  }

  /// Carries out what a descriptor delivers.
  ///
  /// - Throws: `FileFault.cannotRead` and what `write` throws.
  public mutating func run(descriptor: Int32) throws {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while !hasQuit {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileFault.cannotRead(path: "standard input", reason: String(cString: strerror(errno))) }
      if count == 0 { return try end() }
      try receive(buffer[..<count])
    }
  }
}
