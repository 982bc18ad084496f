/// A line chart, such as the loss over the steps of a training run.
public struct LineChart: Sendable, Equatable {
  /// A point on a curve.
  public struct Point: Sendable, Equatable {
    /// The position on the x axis.
    public var x: Double
    /// The value.
    public var y: Double

    /// A point.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A curve.
  public struct Series: Sendable, Equatable {
    /// The style of a curve.
    public enum Style: String, Sendable, CaseIterable {
      /// A line through all points.
      case line
      /// A line through means of adjacent points, with a band from the lowest to the highest of them, for noisy values.
      case noisy
      /// A line with a dot at every point, for few points.
      case dotted
      /// A pale line, for discarded values.
      case pale
    }

    /// The name in the legend; curves of one name share a color and an entry.
    public let name: String
    /// The points, in order of x; non-finite ones are dropped.
    public let points: [Point]
    /// The style.
    public let style: Style

    /// A curve.
    public init(_ name: String, _ points: [Point], style: Style = .line) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.style = style
    }
  }

  /// The title of the chart.
  public var title: String
  /// The unit of y; empty for a pure number.
  public var unit: String
  /// The name of x.
  public var xName: String
  /// The curves; those without points are not shown.
  public var series: [Series]
  /// Positions on the x axis that are marked with a dashed line.
  public var marks: [Double]
  /// The name of the marks in the legend.
  public var markName: String
  /// The names that have the first colors, so that several charts have the same color for a name; other names follow.
  private(set) var colorNames: [String] = []

  /// A chart, whose y axis is logarithmic where all values are positive and the largest is more than 100 times the
  /// smallest.
  public init(
    title: String, unit: String = "", xName: String, series: [Series], marks: [Double] = [], markName: String = ""
  ) {
    self.title = title
    self.unit = unit
    self.xName = xName
    self.series = series.filter { !$0.points.isEmpty }
    self.marks = marks.filter(\.isFinite)
    self.markName = markName
  }

  /// The chart with the first colors for some names, whether it has curves of them or not.
  func colored(like names: [String]) -> LineChart {
    var chart = self
    chart.colorNames = names
    return chart
  }

  /// The text for screen readers: the first, last, lowest and highest value of each curve.
  var summary: String {
    let curves = series.map { series in
      let values = series.points.map(\.y)
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      return "\(series.name): from \(NumberText.short(values[0])) to \(NumberText.short(values[values.count - 1])), "
        + "lowest \(NumberText.short(low)), highest \(NumberText.short(high))"
    }
    let marked = marks.isEmpty ? [] : ["\(marks.count) × \(markName)"]
    return "\(title)\(unit.isEmpty ? "" : " in \(unit)") over \(xName). " + (curves + marked).joined(separator: ". ")
      + "."
  }
}
