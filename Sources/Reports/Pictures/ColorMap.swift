#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Colors for levels in 0...1, along paths in Oklab, a perceptually uniform space.
///
/// - Source: Ottosson 2020, "A perceptual color space for image processing", for Oklab.
struct ColorMap: Sendable {
  /// The colors of 0, 1/255 … 1.
  let colors: [Color]
  private let pixels: [UInt32]

  /// From near black over violet, red and orange to pale yellow: lightness grows linearly with the level from 0.1 to
  /// 0.97, hue turns from 280° to 465°, and chroma is 0.03 + 0.155 sin(π · level), which stays inside sRGB. So levels
  /// keep their order in black and white and for color-blind readers.
  static let levels = ColorMap { level in
    sRGB(lightness: 0.1 + 0.87 * level, chroma: 0.03 + 0.155 * sin(Double.pi * level), hue: 280 + 185 * level)
  }

  /// From blue over white at one half to red: on either side lightness falls linearly from 0.985 to 0.45 and chroma
  /// grows linearly from 0 to 0.17, at the hues 262° and 29°, which color-blind readers can distinguish.
  static let diverging = ColorMap { level in
    let distance = abs(2 * level - 1)
    return sRGB(lightness: 0.985 - 0.535 * distance, chroma: 0.17 * distance, hue: level < 0.5 ? 262 : 29)
  }

  private init(_ color: (_ level: Double) -> Color) {
    colors = (0..<256).map { color(Double($0) / 255) }
    pixels = colors.map(\.pixel)
  }

  /// The pixel of a level; levels are clamped to 0...1.
  func pixel(level: Double) -> UInt32 { pixels[Int((max(0, min(1, level)) * 255).rounded())] }

  /// From Oklab's lightness, chroma and hue in degrees.
  private static func sRGB(lightness: Double, chroma: Double, hue: Double) -> Color {
    let (a, b) = (chroma * cos(hue * Double.pi / 180), chroma * sin(hue * Double.pi / 180))
    let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    return Color(
      red: encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      green: encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      blue: encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  private static func cube(_ x: Double) -> Double { x * x * x }

  /// sRGB's transfer function; negative values stay negative, so that they are recognized as out of range.
  private static func encoded(_ light: Double) -> Double {
    light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
  }
}

extension Color {
  /// The color of waveforms: that of a level of about one third.
  static let wave = ColorMap.levels.colors[88]
}
