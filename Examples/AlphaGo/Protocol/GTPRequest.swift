/// A command of the Go Text Protocol: an optional number, a name and arguments.
public struct GTPRequest: Sendable, Equatable {
  /// The number, which the response repeats.
  public let id: String?
  /// The name of the command; empty where the line has only a number.
  public let name: String
  /// The arguments.
  public let arguments: [String]

  /// A command.
  public init(id: String? = nil, _ name: String, _ arguments: [String] = []) {
    (self.id, self.name, self.arguments) = (id, name, arguments)
  }

  /// Reads a line: control characters are removed, tabs are spaces, and what follows # is a comment.
  ///
  /// - Returns: nil for an empty line, or one with a comment alone, which have no response.
  /// - Source: Farnebäck 2002, "GTP version 2 specification", §2.5 and 3.1.
  public init?(line: [UInt8]) {
    var kept: [UInt8] = []
    for byte in line {
      if byte == UInt8(ascii: "#") { break }
      if byte == 9 { kept.append(32) } else if byte >= 32 && byte != 127 { kept.append(byte) }
    }
    var words = kept.split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
    guard let first = words.first else { return nil }
    // Numbers are those of the protocol's integers.
    if first.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(first), number < 1 << 31 {
      id = first
      words.removeFirst()
    } else {
      id = nil
    }
    name = words.first ?? ""
    arguments = Array(words.dropFirst())
  }
}

/// The response to a command.
public struct GTPResponse: Sendable, Equatable {
  /// The number of the command.
  public let id: String?
  /// Whether the command was carried out.
  public let isSuccess: Bool
  /// The result, or what is wrong; without empty lines.
  public let text: String

  /// A response. Empty lines, which would end it, and control characters but tabs are left out of its text.
  public init(id: String?, isSuccess: Bool, _ text: String) {
    (self.id, self.isSuccess) = (id, isSuccess)
    let lines = text.split(separator: "\n").map { line in
      String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 || $0 == "\t" }))
    }
    self.text = lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// As it is written: `=1 D4` or `? unknown command`, and an empty line.
  public var written: String { "\(isSuccess ? "=" : "?")\(id ?? "")\(text.isEmpty ? "" : " " + text)\n\n" }
}

/// An error of a command, as the response has it.
struct GTPError: Error {
  let text: String

  init(_ text: String) { self.text = text }

  /// Arguments of another number or form than the command has.
  static let syntax = GTPError("syntax error")
}
