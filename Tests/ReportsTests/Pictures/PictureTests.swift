import KodamaSignal
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

@Suite struct EnvelopeTests {
  @Test(arguments: [1, 2, 3, 7, 10]) func everySampleIsInItsColumn(columns: Int) throws {
    let left: [Float] = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9, -1]
    let right: [Float] = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    let envelope = try Envelope(of: Waveform(channels: [left, right], sampleRate: 8000), columns: columns)
    for column in 0..<columns {
      let times = (0..<10).filter { $0 * columns / 10 == column }
      #expect(envelope.low[column] == times.map { min(left[$0], right[$0]) }.min())
      #expect(envelope.high[column] == times.map { max(left[$0], right[$0]) }.max())
    }
    #expect(envelope.peak == 2)
  }

  @Test func longSoundIsReadInBlocks() throws {
    var samples = [Float](repeating: 0, count: 600_000)
    samples[262_144] = 0.5
    samples[599_999] = -0.25
    let envelope = try Envelope(of: Waveform(samples, sampleRate: 8000), columns: 600)
    #expect(envelope.high.firstIndex(of: 0.5) == 262)
    #expect(envelope.low.firstIndex(of: -0.25) == 599)
    #expect(envelope.high.count { $0 != 0 } == 1)
  }
}
