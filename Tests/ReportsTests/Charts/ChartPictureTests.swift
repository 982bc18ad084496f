import Testing

@testable import KodamaReports

@Suite struct ChartPictureTests {
  private func flat(_ value: Double, style: LineChart.Series.Style = .line) -> LineChart {
    LineChart(
      title: "t", xName: "x", series: [.init("a", [.init(x: 0, y: value), .init(x: 10, y: value)], style: style)])
  }

  /// The rows in which a column has a color, as near as cairo rounds it.
  private func rows(_ color: Color, x: Int, in canvas: Canvas) throws -> [Int] {
    func channels(_ pixel: UInt32) -> [Int] { [16, 8, 0].map { Int(pixel >> $0 & 255) } }
    let wanted = channels(color.pixel)
    return try (0..<canvas.height).filter { row in
      let found = channels(try canvas.pixel(x: x, y: row))
      return zip(found, wanted).allSatisfy { abs($0 - $1) <= 1 }
    }
  }

  @Test func chartsBesideEachOtherShareTheirHeights() throws {
    let canvas = try ChartPicture([flat(1), flat(3)], width: 800, height: 400).draw()
    let (low, high) = (try rows(.series[0], x: 200, in: canvas), try rows(.series[0], x: 600, in: canvas))
    let (lowest, highest) = (try #require(low.last), try #require(high.first))
    #expect(lowest > highest + 150, "\(low) \(high)")
    // A line is as wide as it is drawn, and what is not a line has another color.
    #expect((1...3).contains(low.count) && (1...3).contains(high.count), "\(low) \(high)")
  }

  @Test func bandsLieBehindLinesOfAnyCurve() throws {
    let points = (0..<400).map { LineChart.Point(x: Double($0), y: Double($0 % 2)) }
    let middle = [LineChart.Point(x: 0, y: 0.5), .init(x: 399, y: 0.5)]
    let chart = LineChart(
      title: "t", xName: "x", series: [.init("steady", middle), .init("noisy", points, style: .noisy)])
    let canvas = try ChartPicture([chart], width: 600, height: 400).draw()
    #expect(try rows(Color.series[1].paler(by: 0.8), x: 300, in: canvas).count > 100)
    #expect(try !rows(.series[1], x: 300, in: canvas).isEmpty)
  }

  @Test func filesAreOfTheSizeAndTheFormatAskedFor() throws {
    let picture = try ChartPicture([flat(1, style: .dotted), flat(2, style: .pale)], width: 700, height: 300)
    let bytes = try picture.encoded()
    #expect(Array(bytes[..<4]) == [0x89, 0x50, 0x4e, 0x47])
    #expect(Array(bytes[16..<24]) == [0, 0, 700 >> 8, 700 & 255, 0, 0, 300 >> 8, 300 & 255])
    #expect(try picture.encoded() == bytes)
    #expect(try String(decoding: picture.encoded(as: .svg), as: UTF8.self).contains("<svg"))
    #expect(throws: ReportsFault.pictureSize(width: 10, height: 300)) { try ChartPicture([], width: 10, height: 300) }
  }
}
