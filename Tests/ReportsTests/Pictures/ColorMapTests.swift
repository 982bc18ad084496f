import Testing

@testable import KodamaReports

@Suite struct ColorMapTests {
  @Test func colorsGrowLighterStepByStep() {
    let map = ColorMap.levels
    #expect(map.colors.count == 256)
    let luminance = map.colors.map { 0.2126 * $0.red + 0.7152 * $0.green + 0.0722 * $0.blue }
    for (darker, lighter) in zip(luminance, luminance.dropFirst()) { #expect(darker < lighter) }
    #expect(luminance[0] < 0.05)
    #expect(luminance[255] > 0.9)
  }

  @Test func differencesAreWhiteInTheMiddleAndDarkenToBothSides() {
    let colors = ColorMap.diverging.colors
    let luminance = colors.map { 0.2126 * $0.red + 0.7152 * $0.green + 0.0722 * $0.blue }
    for (darker, lighter) in zip(luminance[..<128], luminance[1..<128]) { #expect(darker < lighter) }
    for (lighter, darker) in zip(luminance[128...], luminance[129...]) { #expect(darker < lighter) }
    #expect(luminance[127] > 0.95 && luminance[128] > 0.95)
    #expect(colors[0].blue > 2 * colors[0].red && colors[255].red > 2 * colors[255].blue)
  }

  @Test(arguments: [ColorMap.levels, .diverging]) func allColorsCanBeShown(map: ColorMap) {
    for color in map.colors {
      for part in [color.red, color.green, color.blue] { #expect((0...1).contains(part)) }
    }
  }

  @Test func levelsOutsideAreTheEnds() {
    let map = ColorMap.levels
    #expect(map.pixel(level: -3) == map.colors[0].pixel)
    #expect(map.pixel(level: .infinity) == map.colors[255].pixel)
    #expect(Color(red: 1, green: 0.5, blue: 0).pixel == 0xff8000)
    #expect(Color(red: 0, green: 0.5, blue: 1).css == "#0080ff")
  }
}
