import Kodama

/// The perceptron's rule: where the output is wrong, add the input to the weights or subtract it. Where a line separates
/// the two classes, as with AND and OR, the rule ends with such a line. No line separates the classes of XOR, and the rule
/// never ends. With one hidden layer XOR is learned by gradient descent.
///
/// - Source: Rosenblatt 1958, "The perceptron: a probabilistic model for information storage and organization in the
///   brain"; Novikoff 1962, "On convergence proofs on perceptrons"; Minsky and Papert 1969, "Perceptrons", on XOR;
///   Rumelhart, Hinton and Williams 1986, "Learning internal representations by error propagation", on XOR with a hidden
///   layer.
public struct Perceptron: Lesson {
  public static let name = "perceptron"
  public static let topic = "Rosenblatt's rule on AND, OR and XOR, and XOR with a hidden layer"

  /// A function of two bits.
  public enum Gate: String, CaseIterable {
    case and, or, xor

    /// Its value at the inputs (0, 0), (0, 1), (1, 0) and (1, 1).
    var outputs: [Int] {
      switch self {
      case .and: [0, 0, 0, 1]
      case .or: [0, 1, 1, 1]
      case .xor: [0, 1, 1, 0]
      }
    }
  }

  /// What was learned of one gate.
  public struct Outcome {
    public let gate: Gate
    /// Wrong outputs of the four in each pass over them, until there were none.
    public let errors: [Int]
    let regions: ScatterChart.Regions
  }

  public struct Results {
    public let perceptrons: [Outcome]
    /// XOR by a hidden layer: the wrong outputs of the four after training, and the loss in nats.
    public let networkErrors: Int
    public let networkLoss: Double
    let networkRegions: ScatterChart.Regions
  }

  private static let inputs: [[Float]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
  private static let plane = -0.5...1.5
  /// After so many passes over the four inputs the rule gives up.
  public let mostPasses = 100
  private let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> Results {
    let network = try hiddenLayer()
    return Results(
      perceptrons: Gate.allCases.map(perceptron), networkErrors: network.errors, networkLoss: network.loss,
      networkRegions: network.regions)
  }

  /// w ← w + (target − output) · x after each input, where output is 1 if w · x > 0, else 0; the last input is always 1.
  private func perceptron(_ gate: Gate) -> Outcome {
    var weights = [0.0, 0, 0]
    func output(_ x: [Double]) -> Int { zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 } > 0 ? 1 : 0 }
    var errors: [Int] = []
    while errors.last != 0 && errors.count < mostPasses {
      errors.append(0)
      for (input, target) in zip(Self.inputs, gate.outputs) {
        let x = input.map(Double.init) + [1]
        let difference = target - output(x)
        if difference != 0 { errors[errors.count - 1] += 1 }
        for index in weights.indices { weights[index] += Double(difference) * x[index] }
      }
    }
    let regions = ScatterChart.Regions(x: Self.plane, y: Self.plane) { $0.map { output([$0.x, $0.y, 1]) } }
    return Outcome(gate: gate, errors: errors, regions: regions)
  }

  /// XOR by four hidden units, trained on the mean −ln p of the four outputs.
  private func hiddenLayer() throws -> (errors: Int, loss: Double, regions: ScatterChart.Regions) {
    let network = DenseNetwork([2, 4, 1])
    let points = Tensor<Float>([1, 4, 2], Self.inputs.flatMap { $0 })
    let targets = Tensor<Float>([1, 4, 1], Gate.xor.outputs.map(Float.init))
    var learner = Learner(network.layers, .adam(), seed: seed)
    var loss = 0.0
    for _ in 0..<500 {
      loss = learner.step(rate: 0.05) { pass in
        network.forward(pass.tape.constant(points), pass).binaryCrossEntropy(pass.tape.constant(targets))
      }
    }
    func outputs(_ points: Tensor<Float>) -> [Int] {
      learner.output { network.forward($0.tape.constant(points), $0) }.elements.map { $0 > 0 ? 1 : 0 }
    }
    let regions = ScatterChart.Regions(x: Self.plane, y: Self.plane) { cells in
      outputs(Tensor([1, cells.count, 2], cells.flatMap { [Float($0.x), Float($0.y)] }))
    }
    return (zip(outputs(points), Gate.xor.outputs).count { $0 != $1 }, loss, regions)
  }

  public func lines(_ results: Results) -> [String] {
    results.perceptrons.map { outcome in
      let gate = outcome.gate.rawValue.uppercased().padding(to: 4)
      let errors = outcome.errors.suffix(10).map(String.init).joined(separator: " ")
      return outcome.errors.last == 0
        ? "\(gate) perceptron: right after \(outcome.errors.count) passes; errors of each: \(errors)"
        : "\(gate) perceptron: never right in \(outcome.errors.count) passes; errors of the last ten: \(errors)"
    } + [
      "XOR  one hidden layer: \(results.networkErrors) errors after 500 steps, "
        + "loss \(fixed(results.networkLoss, 4)) nats"
    ]
  }

  public func picture(_ results: Results) throws -> [UInt8] {
    func chart(_ title: String, _ gate: Gate, _ regions: ScatterChart.Regions) -> ScatterChart {
      let points = zip(Self.inputs, gate.outputs)
      return ScatterChart(
        title: title, xName: "first input, upwards the second", yName: "",
        series: [0, 1].map { value in
          .init("\(value)", points.filter { $0.1 == value }.map { .init(x: Double($0.0[0]), y: Double($0.0[1])) })
        }, regions: regions)
    }
    return try ScatterPicture(
      results.perceptrons.map { chart($0.gate.rawValue.uppercased(), $0.gate, $0.regions) }
        + [chart("XOR, hidden layer", .xor, results.networkRegions)], width: 1200, height: 380
    ).encoded()
  }
}
