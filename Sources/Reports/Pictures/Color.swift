/// A colour in sRGB.
struct Color: Sendable, Equatable {
  /// Red, green and blue in 0...1.
  var red, green, blue: Double

  static let white = Color(red: 1, green: 1, blue: 1)
  /// Of text and axes.
  static let ink = Color(red: 0.13, green: 0.14, blue: 0.17)
  /// Of what stands behind.
  static let paleInk = Color(red: 0.45, green: 0.47, blue: 0.52)
  /// Of rules.
  static let rule = Color(red: 0.82, green: 0.83, blue: 0.86)

  /// The pixel of cairo's RGB24: 8 bits each of nothing, red, green and blue, highest first.
  var pixel: UInt32 { byte(red) << 16 | byte(green) << 8 | byte(blue) }

  /// The colour in CSS: #rrggbb.
  var css: String {
    let digits = String(pixel, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  private func byte(_ value: Double) -> UInt32 { UInt32((max(0, min(1, value)) * 255).rounded()) }
}
