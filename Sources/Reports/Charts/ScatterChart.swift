/// Points on a plane, with lines and with regions behind them, such as the classes by which a network divides it.
public struct ScatterChart: Sendable, Equatable {
  /// Points or a line.
  public struct Series: Sendable, Equatable {
    /// How the points are drawn.
    public enum Style: Sendable, Equatable {
      case dots, line, dashed
    }

    /// The name in the legend; series of one name share a color and an entry.
    public let name: String
    /// The points; non-finite ones are dropped.
    public let points: [LineChart.Point]
    /// The style.
    public let style: Style

    /// Points or a line.
    public init(_ name: String, _ points: [LineChart.Point], style: Style = .dots) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.style = style
    }
  }

  /// A rectangle of the plane that is divided into regions, on a grid of cells of equal size.
  public struct Regions: Sendable, Equatable {
    /// The extent along x.
    public let x: ClosedRange<Double>
    /// The extent along y.
    public let y: ClosedRange<Double>
    /// The cells along x, and along y.
    public let cells: Int
    /// The region of each cell, row by row from the lowest y: region k has a pale shade of the k-th name's color.
    public let classes: [Int]

    /// Regions from the class of each cell's middle.
    ///
    /// - Parameter classify: called once, with the middles of all cells.
    /// - Precondition: a class, not negative, for each cell.
    public init(
      x: ClosedRange<Double>, y: ClosedRange<Double>, cells: Int = 200,
      classify: (_ points: [LineChart.Point]) throws -> [Int]
    ) rethrows {
      self.x = x
      self.y = y
      self.cells = cells
      func middle(_ range: ClosedRange<Double>, _ cell: Int) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * (Double(cell) + 0.5) / Double(cells)
      }
      classes = try classify(
        (0..<cells * cells).map { LineChart.Point(x: middle(x, $0 % cells), y: middle(y, $0 / cells)) })
      precondition(
        classes.count == cells * cells && classes.allSatisfy { $0 >= 0 },
        "\(classes.count) classes for \(cells) by \(cells) cells")
    }
  }

  /// The scale of an axis.
  public enum Scale: Sendable, Equatable {
    case linear, logarithmic
  }

  /// The title of the chart.
  public var title: String
  /// The name of x.
  public var xName: String
  /// The name of y, which stands after the title.
  public var yName: String
  /// Points and lines, drawn in this order; those without points are not shown.
  public var series: [Series]
  /// The regions behind them, which the axes end with; nil for none.
  public var regions: Regions?
  /// The scale of x.
  public var xScale = Scale.linear
  /// The scale of y.
  public var yScale = Scale.linear
  /// The values that y shows: lines leave the plot where they leave this range. Nil for all.
  public var yRange: ClosedRange<Double>?

  /// A chart.
  public init(title: String, xName: String, yName: String, series: [Series], regions: Regions? = nil) {
    self.title = title
    self.xName = xName
    self.yName = yName
    self.series = series.filter { !$0.points.isEmpty }
    self.regions = regions
  }

  /// The distinct names, in order of first use, which is that of colors.
  var names: [String] {
    series.map(\.name).reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
  }
}
