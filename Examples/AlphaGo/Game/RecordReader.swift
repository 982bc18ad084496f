/// Reads the values of properties of a node.
struct RecordReader {
  let path: String
  var node: GameTree.Node

  func fault(_ problem: String) -> GoFault {
    .record(path: path, line: node.line, column: node.column, problem: problem)
  }

  /// A value in a message: short, on one line.
  private func shown(_ value: String) -> String {
    let text = value.unicodeScalars.prefix(30).map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }.joined()
    return "[\(text)\(value.unicodeScalars.count > 30 ? "…" : "")]"
  }

  private func trimmed(_ value: String) -> String {
    String(value.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// The size of the board: 19 where nothing is given.
  func size() throws -> Int {
    if let kind = node["GM"].first, trimmed(kind) != "1" {
      throw fault("the game GM\(shown(kind)) is not Go, which is 1")
    }
    guard let value = node["SZ"].first else { return 19 }
    // Square boards may have both numbers.
    let parts = value.split(separator: ":", omittingEmptySubsequences: false).map { Int(trimmed(String($0))) }
    guard let size = parts[0], Board.sizes.contains(size), parts.allSatisfy({ $0 == size }), parts.count <= 2 else {
      throw fault("a board of SZ\(shown(value)) is not square of at most 19x19")
    }
    return size
  }

  /// Komi and the repetitions that rules have: Japanese and Korean ones, with a long cycle as no result, only forbid to
  /// retake a ko at once.
  func rules() throws -> Rules {
    var rules = Rules(komi: 0)
    if let value = node["KM"].first {
      guard let komi = Double(trimmed(value)), komi.magnitude <= 1000 else {
        throw fault("the komi KM\(shown(value)) is not a number of points")
      }
      rules.komi = komi
    }
    let name = node["RU"].first.map { trimmed($0).lowercased() }
    if name == "japanese" || name == "korean" { rules.ko = .simple }
    if name == "nz" || name == "goe" { rules.allowsSuicide = true }
    return rules
  }

  /// A number from 0 on; nil where the node lacks the property.
  func whole(_ name: String) throws -> Int? {
    guard let value = node[name].first else { return nil }
    guard let number = Int(trimmed(value)), (0...361).contains(number) else {
      throw fault("\(name)\(shown(value)) is not a number from 0 to 361")
    }
    return number
  }

  /// A color; nil where the node lacks the property.
  func color(_ name: String) throws -> Color? {
    guard let value = node[name].first else { return nil }
    switch trimmed(value).lowercased() {
    case "b", "black", "1": return .black
    case "w", "white", "2": return .white
    default: throw fault("\(name)\(shown(value)) is not a color, B or W")
    }
  }

  /// A point, by the letters of column and row.
  func point(_ value: String, size: Int, passes: Bool = false) throws -> Point {
    let text = trimmed(value)
    if passes && (text.isEmpty || text == "tt") { return .pass }
    let letters = text.utf8.map { Int($0) - 97 }
    guard letters.count == 2, letters.allSatisfy({ (0..<size).contains($0) }) else {
      throw fault("\(shown(value)) is not a point of a \(size)x\(size) board")
    }
    return Point(column: letters[0], row: size - 1 - letters[1])
  }

  /// Adds the stones that the node places to those before; AE takes stones away. Points may be rectangles.
  func readSetup(_ setup: inout [Move], size: Int) throws {
    func points(_ name: String) throws -> [Point] {
      try node[name].flatMap { value in
        let corners = value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let first = try point(corners[0], size: size)
        if corners.count == 1 { return [first] }
        guard corners.count == 2 else { throw fault("\(name)\(shown(value)) is not a rectangle of two points") }
        let last = try point(corners[1], size: size)
        return Point.all(size: size).filter {
          (min(first.column, last.column)...max(first.column, last.column)).contains($0.column)
            && (min(first.row, last.row)...max(first.row, last.row)).contains($0.row)
        }
      }
    }
    if node["AB"].isEmpty && node["AW"].isEmpty && node["AE"].isEmpty { return }
    var colors = Dictionary(setup.map { ($0.point, $0.color) }) { $1 }
    for point in try points("AE") { colors[point] = nil }
    for point in try points("AB") { colors[point] = .black }
    for point in try points("AW") { colors[point] = .white }
    setup = colors.sorted { $0.key < $1.key }.map { Move($0.value, $0.key) }
  }
}
