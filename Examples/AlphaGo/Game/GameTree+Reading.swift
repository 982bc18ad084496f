import Foundation
import KodamaCore

extension GameTree {
  /// The largest file that is read, in bytes.
  public static let mostBytes = 32 << 20
  /// The most nodes of a file.
  public static let mostNodes = 1 << 20
  /// The most parentheses within each other.
  public static let mostDepth = 10_000

  /// Reads a collection from a file.
  ///
  /// - Throws: `FileFault.cannotRead`; `GoFault.record` with the place of what is wrong; `GoFault.tooLarge`.
  public init(path: String) throws {
    guard let file = fopen(path, "r") else {
      throw FileFault.cannotRead(path: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      bytes += buffer[..<count]
      if bytes.count > Self.mostBytes { throw GoFault.tooLarge(path: path, what: "bytes", limit: Self.mostBytes) }
      if count < buffer.count {
        if ferror(file) != 0 { throw FileFault.cannotRead(path: path, reason: String(cString: strerror(errno))) }
        break
      }
    }
    try self.init(bytes, path: path)
  }

  /// Reads a collection.
  ///
  /// Text before the first `(;` and after the last game is skipped, lowercase letters in names of properties are left
  /// out as in FF[3] and earlier, and bytes that are not UTF-8 are read as Latin-1. Of text, escapes are resolved and
  /// line ends become line feeds.
  ///
  /// - Parameter path: the name of the input in messages.
  /// - Throws: `GoFault.record` with the place of what is wrong; `GoFault.tooLarge`.
  public init(_ bytes: [UInt8], path: String) throws {
    var reader = Reader(bytes: bytes, path: path)
    self = try reader.collection()
  }

  private struct Reader {
    let bytes: [UInt8]
    let path: String
    var place = 0

    func fault(_ problem: String, at place: Int) -> GoFault {
      let before = bytes[..<min(place, bytes.count)]
      let line = before.reduce(1) { $0 + ($1 == 10 ? 1 : 0) }
      let column = before.count - (before.lastIndex(of: 10) ?? -1)
      return .record(path: path, line: line, column: column, problem: problem)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    /// A space for a tab, and for what moves the line down.
    static func withoutTabs(_ byte: UInt8) -> UInt8 { byte == 9 || byte == 11 || byte == 12 ? 32 : byte }
    static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

    mutating func skipSpaces() {
      while place < bytes.count && Self.isSpace(bytes[place]) { place += 1 }
    }

    mutating func skipToGame() {
      while place < bytes.count {
        if bytes[place] == UInt8(ascii: "(") {
          let start = place
          place += 1
          skipSpaces()
          if place < bytes.count && bytes[place] == UInt8(ascii: ";") {
            place = start
            return
          }
        } else {
          place += 1
        }
      }
    }

    mutating func collection() throws -> GameTree {
      var tree = GameTree()
      skipToGame()
      if place >= bytes.count { throw fault("there is no game, which begins with (;", at: 0) }
      // The node that the open parentheses follow; nil for those of a game.
      var parents: [Int?] = []
      var current: Int?
      // Counted as the file is read, so that lines cost no search.
      var (line, lineStart, counted) = (1, 0, 0)
      while place < bytes.count {
        let byte = bytes[place]
        switch byte {
        case UInt8(ascii: "("):
          if parents.count == GameTree.mostDepth {
            throw fault("more than \(GameTree.mostDepth) parentheses are open", at: place)
          }
          if !parents.isEmpty && current == nil { throw fault("a variation begins before the first node", at: place) }
          parents.append(current)
          place += 1
          skipSpaces()
          guard place < bytes.count, bytes[place] == UInt8(ascii: ";") else {
            throw fault("a node, which begins with ;, must follow (", at: place)
          }
        case UInt8(ascii: ")"):
          guard let parent = parents.popLast() else { throw fault("there is no ( for this )", at: place) }
          current = parent
          place += 1
          if parents.isEmpty { skipToGame() }
        case UInt8(ascii: ";"):
          if tree.nodes.count == GameTree.mostNodes {
            throw GoFault.tooLarge(path: path, what: "nodes", limit: GameTree.mostNodes)
          }
          while counted < place {
            if bytes[counted] == 10 { (line, lineStart) = (line + 1, counted + 1) }
            counted += 1
          }
          var node = Node()
          (node.line, node.column) = (line, place - lineStart + 1)
          place += 1
          try readProperties(&node)
          let number = tree.nodes.count
          tree.nodes.append(node)
          if let current { tree.nodes[current].next.append(number) } else { tree.games.append(number) }
          current = number
        case _ where Self.isSpace(byte): place += 1
        default: throw fault("\(shown(byte)) cannot be here", at: place)
        }
      }
      if !parents.isEmpty { throw fault("the file ends before its last )", at: bytes.count) }
      return tree
    }

    private func shown(_ byte: UInt8) -> String {
      (33...126).contains(byte) ? "the character \(Character(Unicode.Scalar(byte)))" : "the byte \(byte)"
    }

    mutating func readProperties(_ node: inout Node) throws {
      while true {
        skipSpaces()
        guard place < bytes.count, Self.isLetter(bytes[place]) else { return }
        let start = place
        var name: [UInt8] = []
        while place < bytes.count && Self.isLetter(bytes[place]) {
          if bytes[place] < 97 { name.append(bytes[place]) }
          place += 1
        }
        if name.isEmpty || name.count > 64 { throw fault("a property's name has 1 to 64 capital letters", at: start) }
        skipSpaces()
        var values: [String] = []
        while place < bytes.count && bytes[place] == UInt8(ascii: "[") {
          values.append(try readValue())
          skipSpaces()
        }
        let text = String(decoding: name, as: UTF8.self)
        if values.isEmpty { throw fault("the property \(text) has no value in [ ]", at: place) }
        if let known = node.properties.firstIndex(where: { $0.name == text }) {
          // A repeated property is an error that readers are asked to mend by joining its values.
          node.properties[known].values += values
        } else {
          node.properties.append(Property(text, values))
        }
      }
    }

    mutating func readValue() throws -> String {
      let start = place
      place += 1
      var value: [UInt8] = []
      func lineEnd(at place: Int) -> Int {
        guard place < bytes.count, bytes[place] == 10 || bytes[place] == 13 else { return 0 }
        // Of 10 and 13, each is the other one with three bits turned.
        let isPair = place + 1 < bytes.count && bytes[place + 1] == bytes[place] ^ 7
        return isPair ? 2 : 1
      }
      while place < bytes.count {
        let byte = bytes[place]
        if byte == UInt8(ascii: "]") {
          place += 1
          return String(validating: value, as: UTF8.self)
            ?? String(String.UnicodeScalarView(value.map(Unicode.Scalar.init)))
        }
        if byte == UInt8(ascii: "\\") {
          place += 1
          let end = lineEnd(at: place)
          if end > 0 {
            place += end
          } else if place < bytes.count {
            value.append(Self.withoutTabs(bytes[place]))
            place += 1
          }
          continue
        }
        let end = lineEnd(at: place)
        if end > 0 {
          value.append(10)
          place += end
        } else {
          value.append(Self.withoutTabs(byte))
          place += 1
        }
      }
      throw fault("the value that begins here has no ]", at: start)
    }
  }
}
