/// The names in cairo's SVG files.
///
/// Cairo numbers surfaces and images over the whole life of a process, so the same picture drawn twice would be two
/// different files.
enum SVGNames {
  private static let kinds = ["surface", "image"].map { Array($0.utf8) }
  private static let marks = [UInt8(ascii: "\""), UInt8(ascii: "#")]
  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  /// The text with surfaces and images numbered in the order in which they are first named.
  ///
  /// A name stands after a quotation mark or a number sign, neither of which occurs in the Base64 of an image.
  static func numberedAnew(_ text: [UInt8]) -> [UInt8] {
    var numbers: [[UInt8]: Int] = [:]
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      result.append(text[index])
      index += 1
      guard marks.contains(text[index - 1]), let kind = kinds.first(where: { text[index...].starts(with: $0) }) else {
        continue
      }
      let end = text[(index + kind.count)...].firstIndex { !digits.contains($0) } ?? text.count
      if end == index + kind.count { continue }
      let name = Array(text[index..<end])
      let number = numbers[name] ?? numbers.count
      numbers[name] = number
      result += kind + Array("\(number)".utf8)
      index = end
    }
    return result
  }
}
