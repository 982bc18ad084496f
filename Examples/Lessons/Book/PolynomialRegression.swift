import Kodama

/// y = 30 x² + 0.5 x + 0.2 from noisy points. A polynomial is linear in its coefficients: with the powers of x as
/// features it is fitted like a line. With many points the true coefficients come back. With few points every further
/// power lowers the error on the points that were fitted, and beyond the true degree raises it on others: the fit
/// follows the noise.
///
/// - Source: Bishop 2006, "Pattern recognition and machine learning", §1.1, figures 1.4 and 1.5.
public struct PolynomialRegression: Lesson {
  public static let name = "polynomial"
  public static let topic = "coefficients of 30 x² + 0.5 x + 0.2, and what too high a degree does"

  /// The error of fits of one degree, medians over many sets of points.
  public struct Errors {
    public let degree: Int
    /// On the points that were fitted, and on others: root mean squares.
    public let training, test: Double
  }

  public struct Results {
    /// The coefficients of 1, x and x² by the closed form, and by gradient descent on a network of one layer.
    public let closedForm, descent: [Double]
    public let errors: [Errors]
    let points: [LineChart.Point]
    let fits: [(degree: Int, coefficients: [Double])]
  }

  /// The true coefficients of 1, x and x².
  public let truth = [0.2, 0.5, 30]
  /// The standard deviation of the noise.
  public let noise = 2.0
  private let seed: UInt64
  private let fewPoints = 16

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> Results {
    let many = points(1000, stream: 0)
    let others = points(1000, stream: 1)
    let sets = (2..<102).map { points(fewPoints, stream: UInt64($0)) }
    let errors = (0...12).map { degree in
      let fits = sets.map { (points: $0, coefficients: fit($0, degree: degree)) }
      return Errors(
        degree: degree, training: median(fits.map { error($0.coefficients, $0.points) }),
        test: median(fits.map { error($0.coefficients, others) }))
    }
    return Results(
      closedForm: fit(many, degree: 2), descent: descend(many), errors: errors, points: sets[0],
      fits: [1, 2, 12].map { ($0, fit(sets[0], degree: $0)) })
  }

  private func points(_ count: Int, stream: UInt64) -> [LineChart.Point] {
    var random = Philox(seed: seed, stream: stream)
    return (0..<count).map { _ in
      let x = 2 * random.uniform() - 1
      return LineChart.Point(x: x, y: value(truth, x) + noise * random.normal())
    }
  }

  /// The polynomial's value, by Horner's rule.
  private func value(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
  }

  private func error(_ coefficients: [Double], _ points: [LineChart.Point]) -> Double {
    let squares = points.map { ($0.y - value(coefficients, $0.x)) * ($0.y - value(coefficients, $0.x)) }
    return (squares.reduce(0, +) / Double(points.count)).squareRoot()
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// Least squares: the coefficients w that solve the normal equations Xᵀ X w = Xᵀ y, where row i of X holds the powers
  /// of xᵢ. Solved by elimination with the largest pivot.
  private func fit(_ points: [LineChart.Point], degree: Int) -> [Double] {
    let size = degree + 1
    var rows = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
    for point in points {
      var powers = [1.0]
      while powers.count < size { powers.append(powers[powers.count - 1] * point.x) }
      for i in 0..<size {
        for j in 0..<size { rows[i][j] += powers[i] * powers[j] }
        rows[i][size] += powers[i] * point.y
      }
    }
    for column in 0..<size {
      let pivot = (column..<size).max { rows[$0][column].magnitude < rows[$1][column].magnitude } ?? column
      rows.swapAt(column, pivot)
      for row in 0..<size where row != column {
        let factor = rows[row][column] / rows[column][column]
        for k in column...size { rows[row][k] -= factor * rows[column][k] }
      }
    }
    return (0..<size).map { rows[$0][size] / rows[$0][$0] }
  }

  /// The same by Adam: a layer of two inputs, x and x², whose bias is the constant.
  private func descend(_ points: [LineChart.Point]) -> [Double] {
    let layer = Convolution.pointwise("polynomial", inputChannels: 2, outputChannels: 1)
    let x = Tensor<Float>([1, points.count, 2], points.flatMap { [Float($0.x), Float($0.x * $0.x)] })
    let y = Tensor<Float>([1, points.count, 1], points.map { Float($0.y) })
    var learner = Learner([layer], .adam(), seed: seed)
    for _ in 0..<1000 {
      _ = learner.step(rate: 0.2) { pass in
        layer.forward(pass.tape.constant(x), pass).meanSquaredError(pass.tape.constant(y))
      }
    }
    let (weights, bias) = (learner.parameters["polynomial.weight"].elements, learner.parameters["polynomial.bias"])
    return [Double(bias.item)] + weights.map(Double.init)
  }

  public func lines(_ results: Results) -> [String] {
    [String(repeating: " ", count: 30) + columns(["1", "x", "x²"])]
      + [
        ("true coefficients", truth), ("closed form, 1,000 points", results.closedForm),
        ("Adam, 1,000 steps", results.descent),
      ].map { $0.0.padding(to: 30) + columns($0.1.map { fixed($0, 3) }) }
      + ["", "errors of fits to \(fewPoints) points (noise \(fixed(noise, 1))), medians of 100"]
      + [columns(["degree", "training", "test"])]
      + results.errors.map { columns(["\($0.degree)", fixed($0.training), fixed($0.test)]) }
  }

  public func picture(_ results: Results) throws -> [UInt8] {
    let xs = stride(from: -1.0, through: 1, by: 0.005)
    var fits = ScatterChart(
      title: "\(fewPoints) points", xName: "x", yName: "y",
      series: [.init("points", results.points)]
        + results.fits.map { fit in
          .init("degree \(fit.degree)", xs.map { .init(x: $0, y: value(fit.coefficients, $0)) }, style: .line)
        })
    fits.yRange = -8...36
    var errors = ScatterChart(
      title: "Error by degree", xName: "degree", yName: "root mean square",
      series: [
        .init("fitted points", results.errors.map { .init(x: Double($0.degree), y: $0.training) }, style: .line),
        .init("other points", results.errors.map { .init(x: Double($0.degree), y: $0.test) }, style: .line),
        .init("noise", [0, 12].map { .init(x: $0, y: noise) }, style: .dashed),
      ])
    errors.yScale = .logarithmic
    return try ScatterPicture([fits, errors]).encoded()
  }
}
