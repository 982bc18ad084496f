/// Curves over one axis, such as the loss over the steps of a training run.
public struct LineChart: Sendable, Equatable {
  /// A place on a curve.
  public struct Point: Sendable, Equatable {
    /// The place along the lower axis.
    public var x: Double
    /// The value.
    public var y: Double

    /// A place.
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A curve.
  public struct Series: Sendable, Equatable {
    /// How a curve is drawn.
    public enum Style: String, Sendable, CaseIterable {
      /// A line through all points.
      case line
      /// A line through means of neighbouring points, above a band that reaches from the lowest to the highest of them:
      /// for values that differ from one to the next.
      case noisy
      /// A line with a dot at every point: for few points.
      case dotted
      /// A pale line: for what no longer counts.
      case pale
    }

    /// The name in the legend; curves of one name share a colour and an entry.
    public let name: String
    /// The points, in the order of x; those that are not finite are left out.
    public let points: [Point]
    /// How it is drawn.
    public let style: Style

    /// A curve.
    public init(_ name: String, _ points: [Point], style: Style = .line) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.style = style
    }
  }

  /// What stands above the chart.
  public var title: String
  /// The unit of y; empty for a pure number.
  public var unit: String
  /// What x is.
  public var xName: String
  /// The curves; those without points are not shown.
  public var series: [Series]
  /// Places on the axis of x that are marked with a dashed line, and what that means.
  public var marks: [Double]
  /// The name of the marks in the legend.
  public var markName: String

  /// A chart whose axis of y is logarithmic where all values are positive and the largest is more than 100 times the
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

  /// What a person who does not see the chart is told: how each curve begins, ends, and how far it reaches.
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
