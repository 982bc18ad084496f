import Testing

@testable import KodamaReports

@Suite struct ScatterPictureTests {
  /// The left half of a square is region 0, the right half region 1.
  private let halves = ScatterChart.Regions(x: 0...2, y: 0...1, cells: 10) { $0.map { $0.x < 1 ? 0 : 1 } }

  private func channels(_ pixel: UInt32) -> [Int] { [16, 8, 0].map { Int(pixel >> $0 & 255) } }

  private func isNear(_ pixel: UInt32, _ color: Color) -> Bool {
    zip(channels(pixel), channels(color.pixel)).allSatisfy { abs($0 - $1) <= 1 }
  }

  @Test func regionsHaveThePaleColorsOfTheirNames() throws {
    let chart = ScatterChart(
      title: "t", xName: "x", yName: "y",
      series: [.init("left", [.init(x: 0.5, y: 0.5)]), .init("right", [.init(x: 1.5, y: 0.5)])], regions: halves)
    let canvas = try ScatterPicture([chart], width: 600, height: 400).draw()
    // The plot is from 62 to 576, and from 52 to 320.
    for (x, color) in [(100, Color.series[0]), (300, .series[0]), (340, .series[1]), (560, .series[1])] {
      #expect(isNear(try canvas.pixel(x: x, y: 90), color.paler(by: 0.75)), "at \(x)")
    }
    // Points lie over them, in full color.
    #expect(isNear(try canvas.pixel(x: 62 + 514 / 4, y: 186), .series[0]))
    #expect(isNear(try canvas.pixel(x: 62 + 514 * 3 / 4, y: 186), .series[1]))
  }

  @Test func classesAreThoseOfTheMiddlesOfCells() {
    let regions = ScatterChart.Regions(x: 0...4, y: -1...1, cells: 2) { points in
      #expect(points == [.init(x: 1, y: -0.5), .init(x: 3, y: -0.5), .init(x: 1, y: 0.5), .init(x: 3, y: 0.5)])
      return [3, 0, 1, 2]
    }
    #expect(regions.classes == [3, 0, 1, 2])
  }

  @Test func linesEndWhereTheyLeaveTheRange() throws {
    var chart = ScatterChart(
      title: "t", xName: "x", yName: "y",
      series: [.init("a", (0...100).map { .init(x: Double($0), y: Double($0)) }, style: .line)])
    chart.yRange = 0...50
    let canvas = try ScatterPicture([chart], width: 600, height: 400).draw()
    func columns(_ rows: Range<Int>) throws -> [Int] {
      try (62..<576).filter { x in try rows.contains { isNear(try canvas.pixel(x: x, y: $0), .series[0]) } }
    }
    // The right half of the plot and all above it are empty.
    let found = try columns(0..<320)
    #expect(try #require(found.max()) < 62 + 514 * 6 / 10, "\(found)")
    #expect(try #require(found.max()) > 62 + 514 * 4 / 10, "\(found)")
    #expect(try columns(0..<50).isEmpty)
  }

  @Test func logarithmicAxesAreEvenInDecades() throws {
    var chart = ScatterChart(
      title: "t", xName: "x", yName: "y", series: [.init("a", [1, 10, 100].map { .init(x: $0, y: $0) })])
    (chart.xScale, chart.yScale) = (.logarithmic, .logarithmic)
    let canvas = try ScatterPicture([chart], width: 600, height: 400).draw()
    // The middle point is in the middle of the plot.
    #expect(isNear(try canvas.pixel(x: 319, y: 186), .series[0]))
  }

  @Test func filesAreOfTheSizeAndTheFormatAskedFor() throws {
    let chart = ScatterChart(
      title: "t", xName: "x", yName: "y",
      series: [
        .init("a", [.init(x: 0, y: 0), .init(x: .nan, y: 1)]), .init("b", [.init(x: 0, y: 1)], style: .dashed),
        .init("none", []),
      ], regions: halves)
    #expect(chart.series.map(\.points.count) == [1, 1])
    let picture = try ScatterPicture([chart, chart], width: 700, height: 300)
    let bytes = try picture.encoded()
    #expect(Array(bytes[..<4]) == [0x89, 0x50, 0x4e, 0x47])
    #expect(Array(bytes[16..<24]) == [0, 0, 700 >> 8, 700 & 255, 0, 0, 300 >> 8, 300 & 255])
    #expect(try picture.encoded() == bytes)
    #expect(try String(decoding: picture.encoded(as: .svg), as: UTF8.self).contains("<svg"))
    #expect(throws: ReportsFault.pictureSize(width: 10, height: 300)) { try ScatterPicture([], width: 10, height: 300) }
  }
}
