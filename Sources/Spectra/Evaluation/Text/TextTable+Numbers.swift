import KodamaCore

extension TextTable {
  /// All digits of a number; nothing where there is none.
  static func plain(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// A number with three decimals; a dash where there is none.
  static func rounded(_ value: Double?) -> String {
    guard let value else { return "–" }
    if !(value.magnitude < 1e12) { return "\(value)" }
    let thousandths = Int((value.magnitude * 1000).rounded())
    let decimals = "\(1000 + thousandths % 1000)".dropFirst()
    return (value < 0 && thousandths > 0 ? "-" : "") + "\(thousandths / 1000).\(decimals)"
  }
}
