import KodamaCore
import Testing

@testable import KodamaReports

@Suite struct ChartStackTests {
  private func chart(_ values: [Double]) -> LineChart {
    LineChart(
      title: "Values", xName: "step",
      series: [LineChart.Series("a", values.enumerated().map { LineChart.Point(x: Double($0), y: $1) })])
  }

  @Test func eachChartHasItsOwnRoomAndAxis() throws {
    let canvas = try ChartStack([chart([0, 1, 2]), chart([100, 300, 200])], width: 600, height: 800).draw()
    let color = Color.series[0].pixel
    let rows = try (0..<800).filter { y in try (0..<600).contains { x in try canvas.pixel(x: x, y: y) == color } }
    // Both lines fill their own half, whose plot areas are 184 and 585 pixels from the top at least.
    #expect(rows.contains { $0 < 330 } && rows.contains { $0 > 440 })
    let upper = rows.filter { (52..<320).contains($0) }
    let lower = rows.filter { (452..<720).contains($0) }
    #expect(upper.count > 200 && lower.count > 200, "\(upper.count), \(lower.count)")
  }

  @Test func sizesOutsideTheLimitsAreRefused() {
    #expect(throws: ReportsFault.pictureSize(width: 600, height: 100)) {
      try ChartStack([chart([1, 2])], width: 600, height: 100)
    }
  }
}
