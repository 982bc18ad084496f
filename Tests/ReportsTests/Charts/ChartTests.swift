import Testing

@testable import KodamaReports

@Suite struct ChartTests {
  @Test func anAxisIsLogarithmicWhereThatShowsMore() {
    #expect(!Axis([1, 100]).isLogarithmic && Axis([1, 101]).isLogarithmic)
    #expect(!Axis([0, 1000]).isLogarithmic && !Axis([-1, 1000]).isLogarithmic)
    let axis = Axis([0.001, 10], margin: 0)
    #expect(abs(axis.position(of: 0.1) - 0.5) < 1e-9)
    #expect(axis.ticks(most: 5).map(\.label) == ["0.001", "0.01", "0.1", "1", "10"])
    #expect(Axis([2, 300], margin: 0).ticks(most: 5).map(\.label) == ["10", "100"])
    #expect(Axis([3, 60], logarithmic: true, margin: 0).ticks(most: 5).map(\.label) == ["5", "10", "20", "50"])
  }

  @Test(
    arguments: [
      [0.0], [5], [-3, -3], [1e-300, 2e-300], [1e300, 1e-300], [-1e300, 1e300], [1e17, 1e17 + 16], [0, 1e-12], [],
    ] as [[Double]]) func anAxisHoldsWhateverItIsGiven(values: [Double])
  {
    expectWhole(Axis(values), holding: values)
  }

  private func expectWhole(_ axis: Axis, holding values: [Double]) {
    #expect(axis.range.lowerBound < axis.range.upperBound, "\(values)")
    for value in values {
      #expect((0...1).contains(axis.position(of: value)), "\(value) of \(values) on \(axis.range)")
    }
    let ticks = axis.ticks(most: 5)
    #expect(ticks.count < 20, "\(values)")
    for tick in ticks {
      #expect((-1e-6...1 + 1e-6).contains(axis.position(of: tick.value)), "\(values): \(tick)")
      #expect(!tick.label.isEmpty && !tick.label.contains("n"), "\(tick.label)")
    }
  }

  /// The ends of what numbers can be, and what lies around them.
  private static let extremes: [Double] = {
    let positive = [
      .leastNonzeroMagnitude, 2000 * .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-307, 1e-300, 1e-12, 1,
      1.0000000000000002, 1e17, 1e17 + 16, 1e300,
      1.7e308, .greatestFiniteMagnitude,
    ]
    return positive + positive.map { -$0 } + [0, -0.0]
  }()

  @Test(arguments: extremes) func chartsTakeAnyFiniteNumbers(first: Double) {
    for second in ChartTests.extremes {
      for third in [second, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude] {
        let values = [first, second, third]
        expectWhole(Axis(values), holding: values)
        expectWhole(Axis(values, logarithmic: false, margin: 0), holding: values)
        if values.allSatisfy({ $0 > 0 }) { expectWhole(Axis(values, logarithmic: true), holding: values) }
        let histogram = Histogram(values)
        #expect(histogram.counts.reduce(0, +) == 3, "\(values)")
        let points = values.map { LineChart.Point(x: $0, y: $0) }
        let chart = LineChart(
          title: "T", xName: "x", series: LineChart.Series.Style.allCases.map { .init("s", points, style: $0) },
          marks: values, markName: "m")
        for markup in [histogram.html(title: "T", unit: "", median: second).markup, chart.html.markup] {
          #expect(!markup.contains("nan") && !markup.contains("inf"), "\(values)")
        }
        #expect(CurveThinning(points, groups: 1).means.allSatisfy { $0.x.isFinite && $0.y.isFinite }, "\(values)")
      }
    }
  }

  @Test func thinningKeepsMeansAndExtremes() {
    let points = (0..<10).map { LineChart.Point(x: Double($0), y: Double($0 * $0)) }
    let thinned = CurveThinning(points, groups: 3)
    #expect(thinned.means.map(\.x) == [1, 4, 7.5])
    #expect(thinned.bands == [0...4, 9...25, 36...81])
    #expect(CurveThinning(points, groups: 50).means == points)
  }

  @Test func theWordsOfAChartSayWhatItShows() {
    let chart = LineChart(
      title: "Loss", unit: "bits", xName: "step",
      series: [
        .init("batches", [.init(x: 1, y: 8), .init(x: 2, y: .nan), .init(x: 3, y: 2), .init(x: 4, y: 3)]),
        .init("none", [.init(x: .infinity, y: 1)]),
      ], marks: [3, .nan], markName: "return")
    #expect(chart.series.map(\.name) == ["batches"] && chart.marks == [3])
    #expect(
      chart.summary == "Loss in bits over step. batches: from 8.000 to 3.000, lowest 2.000, highest 8.000. 1 × return.")
    let markup = chart.html.markup
    #expect(markup.contains("role=\"img\"") && markup.contains("class=\"mark\"") && markup.contains("legend"))
    #expect(!markup.contains("nan") && !markup.contains("inf"))
  }

  @Test func curvesOfOneNameShareAColorAndAnEntry() {
    let points = [LineChart.Point(x: 0, y: 1), .init(x: 1, y: 2)]
    let names = ["loss", "given up", "given up", "other", "d", "e", "f", "g", "h", "i"]
    let markup = LineChart(title: "t", xName: "x", series: names.map { .init($0, points) }).html.markup
    #expect(markup.components(separatedBy: "<li>").count - 1 == 9)
    for (color, count) in [2, 2, 1, 1, 1, 1, 1, 1].enumerated() {
      #expect(markup.components(separatedBy: "class=\"line s\(color)\"").count - 1 == count, "\(color)")
    }
  }

  @Test func aChartOfNothingIsEmptyAxes() {
    let chart = LineChart(title: "Nothing", xName: "step", series: [])
    #expect(chart.html.markup.contains("Nothing over step."))
  }

  @Test func aHistogramCountsEveryValueOnce() {
    let values = (0..<1000).map { Double($0 * $0 % 997) }
    let histogram = Histogram(values)
    #expect(histogram.counts.reduce(0, +) == 1000)
    #expect((5...40).contains(histogram.counts.count) && histogram.edges.count == histogram.counts.count + 1)
    for (index, count) in histogram.counts.enumerated() {
      let (low, high) = (histogram.edges[index], histogram.edges[index + 1])
      let isLast = index == histogram.counts.count - 1
      #expect(abs(count - values.count { $0 >= low && (isLast || $0 < high) }) <= 1)
    }
    #expect(Histogram([0, 1, 2, 3]).counts.reduce(0, +) == 4)
  }

  @Test(arguments: [[2.0], [3, 3, 3], [1e300, -1e300], [1, 1, 1, 1, 1, 2]] as [[Double]])
  func aHistogramOfFewValuesIsDrawn(values: [Double]) {
    let histogram = Histogram(values)
    #expect(histogram.counts.reduce(0, +) == values.count)
    #expect(histogram.html(title: "few", unit: "dB", median: values[0]).markup.contains("over \(values.count) pairs"))
  }
}

extension ChartTests {
  @Test func namesKeepTheirColorsInEveryChart() {
    let points = [LineChart.Point(x: 0, y: 1), LineChart.Point(x: 1, y: 2)]
    let chart = LineChart(title: "x", xName: "step", series: [.init("c", points), .init("d", points)])
    #expect(chart.color(of: "c") == 0 && chart.color(of: "d") == 1)
    let colored = chart.colored(like: ["a", "b", "c"])
    #expect(colored.color(of: "c") == 2 && colored.color(of: "d") == 3)
  }
}
