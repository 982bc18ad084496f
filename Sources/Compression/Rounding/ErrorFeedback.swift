import KodamaLayers

/// Rounds the weights of a row one after the other, and lets each make up for what rounding the ones before it did to
/// the outputs.
///
/// With H = Σ x xᵀ over observed inputs, the squared error of an output is (ŵ − w)ᵀ H (ŵ − w). Of H = U · D · Uᵀ
/// follows that rounding
///
///     wₖ + Σ_{i<k} (wᵢ − ŵᵢ) · Uᵢₖ
///
/// in turn makes each term of that sum over D as small as it can be. The weights of the loudest inputs come first,
/// while there are many left to make up for them.
///
/// - Source: Frantar et al. 2022, "GPTQ", in the equal form of Chee et al. 2023, "QuIP", §3 (LDLQ). Here inputs beyond
///   `runLength` are taken as uncorrelated, which bounds memory and time.
struct ErrorFeedback {
  /// The inputs whose correlations are taken into account together.
  static let runLength = 1024

  /// What is added to the diagonal of H, over its mean: inputs that were never seen alone leave it singular.
  private static let damping = 0.01

  private let runs: [Run]
  private let width: Int

  /// Inputs whose correlations are taken into account together.
  private struct Run {
    /// The inputs in the order in which their weights are rounded.
    let order: [Int]
    let factor: UnitTriangularFactor
  }

  /// Feedback for layers with the observed inputs.
  init(_ inputs: LayerInputs) {
    width = inputs.width
    runs = stride(from: 0, to: inputs.width, by: Self.runLength).map { start in
      Self.run(inputs, start..<min(start + Self.runLength, inputs.width))
    }
  }

  /// Rounds a row of as many weights as there are inputs.
  ///
  /// A weight that is 0 stays 0: it was pruned, and what it could have made up for is left to those after it.
  ///
  /// - Parameter scale: the scale of each weight.
  /// - Returns: integers of the grid, in the order of the weights.
  func round(_ weights: [Float], scale: (_ index: Int) -> Float, grid: IntegerGrid) -> [Int8] {
    precondition(weights.count == width, "\(weights.count) weights for \(width) inputs")
    var result = [Int8](repeating: 0, count: width)
    for run in runs {
      var correction = [Double](repeating: 0, count: run.order.count)
      for (k, input) in run.order.enumerated() {
        let (weight, scale) = (weights[input], scale(input))
        let integer = weight == 0 ? 0 : grid.nearest(Float(Double(weight) + correction[k]), scale: scale)
        result[input] = Int8(integer)
        run.factor.addRow(k, times: Double(weight) - Double(integer) * Double(scale), to: &correction)
      }
    }
    return result
  }

  private static func run(_ inputs: LayerInputs, _ columns: Range<Int>) -> Run {
    let size = columns.count
    var moments = [Double](repeating: 0, count: size * size)
    inputs.values.withUnsafeBufferPointer { values in
      moments.withUnsafeMutableBufferPointer { moments in
        for step in 0..<inputs.steps {
          let row = UnsafeBufferPointer(rebasing: values[(step * inputs.width + columns.lowerBound)...].prefix(size))
          for i in 0..<size where row[i] != 0 {
            let x = Double(row[i])
            for j in i..<size { moments[i * size + j] += x * Double(row[j]) }
          }
        }
      }
    }
    let mean = (0..<size).reduce(0) { $0 + moments[$1 * size + $1] } / Double(size)
    // Inputs that are always 0 make no errors, and nothing has to be made up for.
    for i in 0..<size { moments[i * size + i] += mean > 0 ? damping * mean : 1 }
    let order = (0..<size).sorted { (-moments[$0 * size + $0], $0) < (-moments[$1 * size + $1], $1) }
    let ordered = order.flatMap { i in order.map { j in moments[min(i, j) * size + max(i, j)] } }
    return Run(order: order.map { columns.lowerBound + $0 }, factor: UnitTriangularFactor(ordered, size: size))
  }
}
