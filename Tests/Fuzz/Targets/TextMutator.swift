import Kodama

/// Changes a text in the way its readers take it apart: numbers, members of lists and objects, fields and lines. Most
/// of what comes of JSON is still JSON, so that faults behind the parser are reached, which changed bytes seldom do.
public struct TextMutator {
  /// Numbers at the ends of their types and beyond.
  static let extremes = [
    "0", "-0", "1", "-1", "0.5", "2147483648", "-2147483649", "4294967296", "281474976710656", "4611686018427387904",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "1e20", "-1e20",
    "1e308", "1.7e308", "-1.7e308", "1e999", "5e-324", "1e-320",
  ].map { Array($0.utf8) }

  /// What may stand in the place of a number.
  static let words = ["nan", "NaN", "-inf", "Infinity", "null", "true", "\"1\"", "[]"].map { Array($0.utf8) }

  /// Changes one thing, at times two or three.
  ///
  /// - Returns: the changed text; the same where there is nothing in it to change.
  public static func changed(_ text: [UInt8], _ random: inout Philox) -> [UInt8] {
    var text = text
    for _ in 0...max(0, random.integer(below: 5) - 2) { change(&text, &random) }
    return text
  }

  private static func change(_ text: inout [UInt8], _ random: inout Philox) {
    func any<Part>(_ parts: [Part]) -> Part? { parts.isEmpty ? nil : parts[random.integer(below: parts.count)] }
    switch random.integer(below: 8) {
    case 0...3:
      let numbers = numbers(in: text)
      guard let number = any(numbers) else { return }
      switch random.integer(below: 8) {
      // A number of the same text is possible in itself, and may not be at its new place.
      case 0: text.replaceSubrange(number, with: Array(text[any(numbers)!]))
      case 1: text.replaceSubrange(number, with: any(words)!)
      default: text.replaceSubrange(number, with: any(extremes)!)
      }
    case 4:
      if let field = any(fields(in: text)) {
        text.insert(contentsOf: text[field.range] + [field.separator], at: field.range.lowerBound)
      }
    case 5: if let field = any(fields(in: text)) { text.removeSubrange(field.rangeWithSeparator) }
    case 6:
      let fields = fields(in: text)
      if let field = any(fields), let other = any(fields) {
        text.replaceSubrange(field.range, with: Array(text[other.range]))
      }
    default:
      guard let line = any(lines(in: text)) else { return }
      if random.integer(below: 2) == 0 {
        text.insert(contentsOf: Array(text[line]), at: line.lowerBound)
      } else {
        text.removeSubrange(line)
      }
    }
  }

  // MARK: Parts of a text

  private static let literals = ["null", "true", "false"].map { Array($0.utf8) }

  /// Where numbers stand, and the words that JSON has beside them.
  static func numbers(in text: [UInt8]) -> [Range<Int>] {
    var places: [Range<Int>] = []
    var place = 0
    while place < text.count {
      let start = place
      while place < text.count, isOfWord(text[place]) { place += 1 }
      let word = text[start..<place]
      let isNumber = word.contains(where: isDigit) && word.allSatisfy(isOfNumber)
      if isNumber || literals.contains(where: { word.elementsEqual($0) }) { places.append(start..<place) }
      if place == start { place += 1 }
    }
    return places
  }

  /// A member of a list or object, or a field of a line.
  struct Field: Equatable {
    let range: Range<Int>
    /// The byte that parts it from the next, or from the one before.
    var separator = UInt8(ascii: ",")
    var rangeWithSeparator: Range<Int>
  }

  /// Where members and fields stand, those within others too.
  static func fields(in text: [UInt8]) -> [Field] {
    var fields: [Field] = []
    var starts = [0]
    var isQuoted = false
    func close(_ end: Int) {
      let range = starts.last!..<end
      if range.isEmpty { return }
      var field = Field(range: range, rangeWithSeparator: range)
      if end < text.count, isSeparator(text[end]) {
        (field.separator, field.rangeWithSeparator) = (text[end], range.lowerBound..<end + 1)
      } else if range.lowerBound > 0, isSeparator(text[range.lowerBound - 1]) {
        (field.separator, field.rangeWithSeparator) = (text[range.lowerBound - 1], range.lowerBound - 1..<end)
      }
      fields.append(field)
    }
    for (place, byte) in text.enumerated() {
      if byte == UInt8(ascii: "\""), place == 0 || text[place - 1] != UInt8(ascii: "\\") { isQuoted.toggle() }
      if isQuoted { continue }
      if isSeparator(byte) {
        close(place)
        starts[starts.count - 1] = place + 1
      } else if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
        starts.append(place + 1)
      } else if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"), starts.count > 1 {
        close(place)
        starts.removeLast()
      }
    }
    while !starts.isEmpty {
      close(text.count)
      starts.removeLast()
    }
    return fields
  }

  /// Where lines stand, each with what ends it.
  static func lines(in text: [UInt8]) -> [Range<Int>] {
    let ends = text.indices.filter { text[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    return zip([0] + ends, ends + [text.count]).filter(<).map { $0..<$1 }
  }

  private static func isSeparator(_ byte: UInt8) -> Bool { ",;\t\n".utf8.contains(byte) }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isOfNumber(_ byte: UInt8) -> Bool { isDigit(byte) || "+-.eE".utf8.contains(byte) }

  /// Whether a byte is part of a number or of a word, in which digits are no number.
  private static func isOfWord(_ byte: UInt8) -> Bool {
    isOfNumber(byte) || byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
