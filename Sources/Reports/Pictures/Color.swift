/// A color in sRGB.
package struct Color: Sendable, Equatable {
  /// Red, green and blue in 0...1.
  package var red, green, blue: Double

  /// A color.
  package init(red: Double, green: Double, blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  package static let white = Color(red: 1, green: 1, blue: 1)
  /// The color of text and axes.
  package static let ink = Color(red: 0.13, green: 0.14, blue: 0.17)
  /// The color of secondary text.
  package static let paleInk = Color(red: 0.45, green: 0.47, blue: 0.52)
  /// The color of rules.
  package static let rule = Color(red: 0.82, green: 0.83, blue: 0.86)

  /// The colors of the curves of a chart, in order.
  package static let series = [
    0x2458b8, 0xc4541b, 0x1c7a5b, 0x8747a8, 0xc2337a, 0x0b7a99, 0x8a6d00, 0x6b4a3a,
  ].map { (bytes: Int) in
    Color(
      red: Double(bytes >> 16 & 255) / 255, green: Double(bytes >> 8 & 255) / 255, blue: Double(bytes & 255) / 255)
  }

  /// The color blended with white: unchanged for a share of 0, white for 1.
  package func paler(by share: Double) -> Color {
    Color(red: red + share * (1 - red), green: green + share * (1 - green), blue: blue + share * (1 - blue))
  }

  /// The pixel in cairo's RGB24: 8 bits each of padding, red, green and blue, from the highest bit.
  var pixel: UInt32 { byte(red) << 16 | byte(green) << 8 | byte(blue) }

  /// The color in CSS: #rrggbb.
  var css: String {
    let digits = String(pixel, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  private func byte(_ value: Double) -> UInt32 { UInt32((max(0, min(1, value)) * 255).rounded()) }
}
