#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers formatted for pages.
package enum NumberText {
  /// Four significant digits; very large and very small numbers as 1.234e−7.
  static func short(_ value: Double) -> String {
    if value == 0 { return "0" }
    if !value.isFinite { return "\(value)" }
    let exponent = Int(floor(log10(value.magnitude)))
    if (-4..<6).contains(exponent) { return Ticks.number(value, digits: max(0, 3 - exponent)) }
    return Ticks.number(mantissa(value, exponent), digits: 3) + "e" + signed(exponent)
  }

  /// Without trailing zeros, for ticks of an axis, which are round.
  static func round(_ value: Double) -> String {
    if value == 0 { return "0" }
    let exponent = Int(floor(log10(value.magnitude) + 1e-9))
    if (-4..<6).contains(exponent) {
      return grouped(trimmed(Ticks.number(value, digits: max(0, 3 - exponent))))
    }
    return trimmed(Ticks.number(mantissa(value, exponent), digits: 3)) + "e" + signed(exponent)
  }

  /// 12,345.
  package static func count(_ value: Int) -> String { (value < 0 ? "−" : "") + grouped("\(value.magnitude)") }

  /// value / 10^exponent, even where that power underflows.
  private static func mantissa(_ value: Double, _ exponent: Int) -> Double {
    exponent < -300 ? value * 1e300 / pow(10, Double(exponent + 300)) : value / pow(10, Double(exponent))
  }

  private static func signed(_ exponent: Int) -> String { exponent < 0 ? "−\(-exponent)" : "\(exponent)" }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text[...]
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }

  /// With commas between groups of three digits of the integer part.
  private static func grouped(_ text: String) -> String {
    let whole = text.prefix { $0 != "." }
    var groups = ""
    for (index, digit) in whole.enumerated() {
      let left = whole.count - index
      if index > 0 && left % 3 == 0 && groups.last != "−" { groups.append(",") }
      groups.append(digit)
    }
    return groups + text[whole.endIndex...]
  }
}
