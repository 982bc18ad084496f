import Kodama

/// A line through noisy points: by the formula of least squares, and by gradient descent, which comes to the same line
/// in small steps. The noise σ of the points becomes an error of the line, which shrinks with the root of the number of
/// points n: for x uniform in [−1, 1] the slope is wrong by σ · √(3 / n) and the intercept by σ / √n. Four times as many
/// points are worth half the noise.
///
/// - Source: Gauss 1823, "Theoria combinationis observationum erroribus minimis obnoxiae"; Hastie, Tibshirani and
///   Friedman 2009, "The elements of statistical learning", §3.2, eqs. 3.6 and 3.8.
public struct LinearRegression: Lesson {
  public static let name = "regression"
  public static let topic = "a line through noisy points, and what noise does to it"

  /// y = slope · x + intercept.
  public struct Line {
    public var slope, intercept: Double
    func callAsFunction(_ x: Double) -> Double { slope * x + intercept }
  }

  /// How wrong fitted lines are at one noise level and number of points: root mean squares over many sets of points.
  public struct Errors {
    public let noise: Double
    public let points: Int
    public let slope, intercept: Double
  }

  public struct Results {
    let points: [LineChart.Point]
    public let closedForm: Line
    /// Lines on the way of gradient descent.
    public let descent: [(steps: Int, line: Line)]
    public let errors: [Errors]
  }

  /// The line that the points lie on but for their noise.
  public let truth = Line(slope: 2, intercept: -1)
  private let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> Results {
    let points = points(30, noise: 0.5, stream: 0)
    var errors: [Errors] = []
    for noise in [0.1, 0.3, 1] {
      for count in [10, 30, 100, 300, 1000] {
        let lines = (0..<200).map { number in
          // No two sets of points share their random numbers.
          let stream = 1 + 200 * errors.count + number
          return leastSquares(self.points(count, noise: noise, stream: UInt64(stream)))
        }
        errors.append(
          Errors(
            noise: noise, points: count, slope: rootMeanSquare(lines.map { $0.slope - truth.slope }),
            intercept: rootMeanSquare(lines.map { $0.intercept - truth.intercept })))
      }
    }
    return Results(points: points, closedForm: leastSquares(points), descent: descend(points), errors: errors)
  }

  /// Points with normally distributed noise of a standard deviation.
  private func points(_ count: Int, noise: Double, stream: UInt64) -> [LineChart.Point] {
    var random = Philox(seed: seed, stream: stream)
    return (0..<count).map { _ in
      let x = 2 * random.uniform() - 1
      return LineChart.Point(x: x, y: truth(x) + noise * random.normal())
    }
  }

  /// The line with the least sum of squared distances along y: the covariance of x and y over the variance of x, through
  /// the mean point.
  private func leastSquares(_ points: [LineChart.Point]) -> Line {
    let count = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.x } / count
    let meanY = points.reduce(0) { $0 + $1.y } / count
    let covariance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    let variance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    let slope = covariance / variance
    return Line(slope: slope, intercept: meanY - slope * meanX)
  }

  /// The same line as a network of one layer with one input and one output: its weight is the slope, its bias the
  /// intercept.
  private func descend(_ points: [LineChart.Point]) -> [(steps: Int, line: Line)] {
    let layer = Convolution.pointwise("line", inputChannels: 1, outputChannels: 1)
    let x = Tensor<Float>([1, points.count, 1], points.map { Float($0.x) })
    let y = Tensor<Float>([1, points.count, 1], points.map { Float($0.y) })
    var parameters = Parameters<Float>(layer.declarations, seed: seed)
    var optimizer = Optimizer(.sgd(), for: parameters)
    var lines: [(steps: Int, line: Line)] = []
    for step in 0...200 {
      if [0, 5, 10, 20, 50, 100, 200].contains(step) {
        lines.append(
          (
            step,
            Line(slope: Double(parameters["line.weight"].item), intercept: Double(parameters["line.bias"].item))
          ))
      }
      let pass = Pass(parameters, phase: .training(seed: 0))
      let loss = layer.forward(pass.tape.constant(x), pass).meanSquaredError(pass.tape.constant(y))
      optimizer.update(&parameters, gradients: pass.gradients(of: loss), learningRate: 0.1)
    }
    return lines
  }

  private func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  public func lines(_ results: Results) -> [String] {
    func text(_ line: Line) -> String { columns([fixed(line.slope, 4), fixed(line.intercept, 4)]) }
    let fits = [("the true line", truth), ("closed form, 30 points", results.closedForm)]
    let descents = results.descent.map { ("gradient descent, \($0.steps) steps", $0.line) }
    return [String(repeating: " ", count: 30) + columns(["slope", "intercept"])]
      + (fits + descents).map { $0.0.padding(to: 30) + text($0.1) }
      + ["", "errors of the closed form (root mean squares of 200 lines) and what theory says"]
      + [columns(["noise", "points", "slope", "theory", "intercept", "theory"])]
      + results.errors.map { error in
        let root = Double(error.points).squareRoot()
        let theory = error.noise / root
        return columns([
          fixed(error.noise, 1), "\(error.points)", fixed(error.slope, 4), fixed(theory * 3.0.squareRoot(), 4),
          fixed(error.intercept, 4), fixed(theory, 4),
        ])
      }
  }

  public func picture(_ results: Results) throws -> [UInt8] {
    func drawn(_ line: Line) -> [LineChart.Point] { [-1, 1].map { LineChart.Point(x: $0, y: line($0)) } }
    let early = results.descent.first { $0.steps == 5 }?.line ?? truth
    let fit = ScatterChart(
      title: "30 points", xName: "x", yName: "y",
      series: [
        .init("points", results.points), .init("true line", drawn(truth), style: .dashed),
        .init("closed form", drawn(results.closedForm), style: .line),
        .init("5 steps of descent", drawn(early), style: .line),
      ])
    var errors = ScatterChart(
      title: "Error of the slope", xName: "points n", yName: "dashed: σ · √(3 / n)",
      series: [0.1, 0.3, 1].flatMap { noise -> [ScatterChart.Series] in
        let found = results.errors.filter { $0.noise == noise }
        return [
          .init("noise σ = \(noise)", found.map { .init(x: Double($0.points), y: $0.slope) }),
          .init(
            "noise σ = \(noise)",
            found.map { .init(x: Double($0.points), y: noise * (3 / Double($0.points)).squareRoot()) }, style: .dashed),
        ]
      })
    (errors.xScale, errors.yScale) = (.logarithmic, .logarithmic)
    return try ScatterPicture([fit, errors]).encoded()
  }
}
