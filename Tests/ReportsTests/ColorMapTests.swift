import Testing

@testable import KodamaReports

@Suite struct ColorMapTests {
  @Test func colorsGrowLighterStepByStep() {
    let map = ColorMap()
    #expect(map.colors.count == 256)
    let luminance = map.colors.map { 0.2126 * $0.red + 0.7152 * $0.green + 0.0722 * $0.blue }
    for (darker, lighter) in zip(luminance, luminance.dropFirst()) { #expect(darker < lighter) }
    #expect(luminance[0] < 0.05)
    #expect(luminance[255] > 0.9)
  }

  @Test func allColorsCanBeShown() {
    for color in ColorMap().colors {
      for part in [color.red, color.green, color.blue] { #expect((0...1).contains(part)) }
    }
  }

  @Test func levelsOutsideAreTheEnds() {
    let map = ColorMap()
    #expect(map.pixel(level: -3) == map.colors[0].pixel)
    #expect(map.pixel(level: .infinity) == map.colors[255].pixel)
    #expect(Color(red: 1, green: 0.5, blue: 0).pixel == 0xff8000)
  }
}
