import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A tick on an axis.
struct Tick: Equatable, Sendable {
  /// The value, in the axis's unit.
  let value: Double
  /// The label.
  let label: String
}

/// Ticks at round values, and text of numbers and times.
enum Ticks {
  /// Ticks at the multiples in a range of a step of 1, 2 or 5 times a power of ten: at most `most`, plus one where both
  /// ends are multiples. Empty where the range is too wide, or too narrow relative to its ends, to represent the step.
  static func linear(_ range: ClosedRange<Double>, most: Int) -> [Tick] {
    let least = (range.upperBound - range.lowerBound) / Double(max(1, most))
    let largest = max(range.lowerBound.magnitude, range.upperBound.magnitude)
    guard least.isFinite, least > max(1e-300, 1e-12 * largest) else { return [] }
    let power = floor(log10(least))
    var step = pow(10, power)
    var digits = max(0, Int(-power))
    // The factor 1 + 1e-9 allows exactly `most` steps.
    for factor in [1.0, 2, 5, 10] where factor * pow(10, power) * (1 + 1e-9) >= least {
      step = factor * pow(10, power)
      if factor == 10 { digits = max(0, digits - 1) }
      break
    }
    return multiples(of: step, in: range).map { Tick(value: $0, label: number($0, digits: digits)) }
  }

  /// Ticks of times from 0: in seconds below a minute, then as minutes and seconds, then with hours.
  static func time(seconds: Double, most: Int) -> [Tick] {
    if seconds < 60 { return linear(0...seconds, most: most) }
    let steps = [10.0, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18_000, 36_000, 86_400]
    let step = steps.first { seconds / $0 <= Double(most) } ?? (seconds / Double(most) / 86_400).rounded(.up) * 86_400
    return multiples(of: step, in: 0...seconds).map { Tick(value: $0, label: clock($0)) }
  }

  /// Ticks of frequencies in Hz from 0 to `highest` that are at least `distance` apart on an axis, preferring rounder
  /// ones.
  static func frequency(highest: Double, distance: Double, position: (Double) -> Double) -> [Tick] {
    let decades = [1000.0, 10_000, 100, 100_000]
    let factors = [1.0, 5, 2, 3, 7, 1.5, 4, 6, 8]
    let candidates: [Double] = factors.flatMap { factor in decades.map { factor * $0 } }
    var chosen = [0.0]
    for candidate in candidates where candidate <= highest {
      if chosen.allSatisfy({ abs(position($0) - position(candidate)) >= distance }) { chosen.append(candidate) }
    }
    return chosen.sorted().map { Tick(value: $0, label: number($0, digits: 0)) }
  }

  /// A number with a fixed number of decimals, or as Swift prints it where its digits would overflow an integer.
  static func number(_ value: Double, digits: Int) -> String {
    let scale = pow(10, Double(digits))
    if digits > 15 || !(value.magnitude * scale < 1e17) { return "\(value)".replacing("-", with: "−") }
    let units = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && units > 0 ? "−" : ""
    if digits == 0 { return sign + "\(units)" }
    let fraction = String(units % Int(scale))
    return sign + "\(units / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  /// A duration: 2.50 s, or as `clock` from a minute on.
  static func duration(_ seconds: Double) -> String {
    seconds < 60 ? number(seconds, digits: 2) + " s" : clock(seconds)
  }

  /// The length of a sound.
  static func duration(of source: any SampleSource) -> String {
    duration(Double(source.frames) / Double(source.sampleRate))
  }

  /// A time as m:ss or h:mm:ss, or in seconds where it is implausibly long.
  static func clock(_ seconds: Double) -> String {
    guard seconds.magnitude < 1e15 else { return number(seconds, digits: 0) + " s" }
    let seconds = Int(seconds.rounded())
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60)
    let padded = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return seconds < 3600 ? "\(minutes):\(padded(rest))" : "\(seconds / 3600):\(padded(minutes)):\(padded(rest))"
  }

  private static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }
}
