extension Duration {
  /// The duration in seconds.
  package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }

  /// The units of lengths of time: the names, and the seconds.
  private static let units: [(names: [String], seconds: Double)] = [
    (["s", "sec", "secs", "second", "seconds"], 1), (["m", "min", "mins", "minute", "minutes"], 60),
    (["h", "hr", "hrs", "hour", "hours"], 3600), (["d", "day", "days"], 86_400),
  ]

  /// A length of time such as `90s`, `15 min`, `1.5h`, `1h30m` or `1 day`; nil for any other text, such as a number
  /// without a unit.
  package init?(argument text: String) {
    var rest = text.lowercased().filter { $0 != " " }[...]
    var sum = 0.0
    repeat {
      let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
      rest = rest.dropFirst(number.count + unit.count)
      guard let value = Double(number),
        let seconds = Self.units.first(where: { $0.names.contains(String(unit)) })?.seconds
      else { return nil }
      sum += value * seconds
    } while !rest.isEmpty
    guard sum < 1e9 else { return nil }
    self = .milliseconds(Int(sum * 1000))
  }
}

/// Units of information.
package enum Information {
  /// The bits in an amount given in nats: nats / ln 2.
  package static func bits(fromNats nats: Double) -> Double { nats / 0.693_147_180_559_945_3 }
}
