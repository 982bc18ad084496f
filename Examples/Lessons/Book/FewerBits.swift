import Kodama

/// One network with weights of 64 bits down to one. Half of the bits of a float cost nothing, a quarter hardly anything;
/// three values and two ruin a network that was trained without them. Trained on while it computes with rounded weights,
/// with gradients that pass straight through the rounding, it learns to live with them.
///
/// - Source: Courbariaux et al. 2015, "BinaryConnect", §2.3 (weights behind the rounded ones); Bengio et al. 2013, "Estimating
///   or propagating gradients through stochastic neurons", §4 (straight through); Li et al. 2016, "Ternary weight networks",
///   §2. Biases stay floats.
public struct FewerBits: Lesson {
  public static let name = "bits"
  public static let topic = "one network with weights of 64, 32, 16, 8, 4, 2 and 1 bits"

  /// What the network is with weights of one form.
  public struct Outcome {
    public let form: String
    public let bits: Int
    /// The loss on held-out pictures in nats, rounded after training.
    public let loss: Double
    /// The loss after some more steps with rounded weights; nil of floats, which have none of their own.
    public let trainedLoss: Double?
  }

  /// All forms, and the loss without rounding after the same further steps.
  public struct Results {
    public let outcomes: [Outcome]
    public let furtherLoss: Double
  }

  private let seed: UInt64
  private let steps = 1500
  private let furtherSteps = 500
  private let network = Network()

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> Results {
    var trained = Learner(network.layers, .adam(), seed: seed)
    train(&trained, steps: 0..<steps, rate: 0.003)
    let parameters = trained.parameters
    var outcomes = [
      Outcome(form: "double", bits: 64, loss: loss(parameters.converted(to: Double.self)), trainedLoss: nil),
      Outcome(form: "float", bits: 32, loss: loss(parameters), trainedLoss: nil),
      Outcome(form: "half", bits: 16, loss: loss(rounded(parameters, Self.half)), trainedLoss: nil),
      Outcome(form: "bfloat", bits: 16, loss: loss(rounded(parameters) { BFloat16($0).float }), trainedLoss: nil),
    ]
    func further(_ rounding: RoundingPlan?) -> Double {
      var learner = Learner(network.layers, .adam(), seed: seed, from: parameters, rounding: rounding)
      train(&learner, steps: steps..<steps + furtherSteps, rate: 0.001)
      return loss(learner.weights)
    }
    for precision in Precision.integers {
      let plan = RoundingPlan(precision)
      let rounder = WeightRounder(plan, network.layers.flatMap(\.declarations))
      outcomes.append(
        Outcome(
          form: precision.rawValue, bits: precision.bits, loss: loss(rounder.rounded(parameters, afterStep: 0)),
          trainedLoss: further(plan)))
    }
    return Results(outcomes: outcomes, furtherLoss: further(nil))
  }

  /// Steps of 32 pictures, none of which comes twice.
  private func train(_ learner: inout Learner, steps: Range<Int>, rate: Float) {
    for step in steps {
      let pictures = ShapePictures.pictures(32 * step..<32 * (step + 1), seed: seed)
      _ = learner.step(rate: rate) { pictures.crossEntropy(network.forward($0.tape.constant(pictures.tensor), $0)) }
    }
  }

  /// The mean loss on held-out pictures, with the arithmetic of the weights.
  private func loss<S: Scalar>(_ parameters: Parameters<S>) -> Double {
    let pictures = ShapePictures.pictures(0..<2000, seed: seed + 1000)
    let pass = Pass(parameters)
    let x = pass.tape.constant(Tensor<S>([1, 2000, pictures.rows[0].count], pictures.rows.joined().map { S($0) }))
    let targets = pictures.classes
    let loss = network.forward(x, pass).crossEntropy(targets: targets, weights: targets.map { _ in 1 })
    return Double(loss.value.item)
  }

  /// Weights of layers, each rounded.
  private func rounded(_ parameters: Parameters<Float>, _ round: (Float) -> Float) -> Parameters<Float> {
    var result = parameters
    for name in result.names where name.hasSuffix(".weight") {
      result[name] = Tensor(result[name].shape, result[name].elements.map(round))
    }
    return result
  }

  /// The nearest number of IEEE 754's 16 bits: eleven significant bits, and steps of 2⁻²⁴ at the least.
  ///
  /// - Precondition: |x| < 65,504.
  static func half(_ x: Float) -> Float {
    let step = max(8192 * x.ulp, 0x1p-24)
    return (x / step).rounded(.toNearestOrEven) * step
  }

  /// Two hidden layers of 64 units.
  private struct Network {
    let layers = [(144, 64), (64, 64), (64, ShapePictures.shapes.count)].enumerated().map { index, sizes in
      Convolution.pointwise(
        "layers.\(index)", inputChannels: sizes.0, outputChannels: sizes.1, isOutput: index == 2)
    }

    func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
      var x = x
      for (index, layer) in layers.enumerated() {
        x = layer.forward(x, pass)
        if index < layers.count - 1 { x = x.relu() }
      }
      return x
    }
  }

  public func lines(_ results: Results) -> [String] {
    [
      "loss in nats on 2,000 held-out pictures, with weights rounded after \(steps) steps of training,",
      "and after \(furtherSteps) more with rounded weights (\(fixed(results.furtherLoss, 4)) as they are)",
    ]
      + [columns(["weights", "bits", "rounded", "trained"])]
      + results.outcomes.map { outcome in
        columns([
          outcome.form, "\(outcome.bits)", fixed(outcome.loss, 4), outcome.trainedLoss.map { fixed($0, 4) } ?? "",
        ])
      }
  }

  public func picture(_ results: Results) throws -> [UInt8] {
    let rounded = results.outcomes.map { LineChart.Point(x: Double($0.bits), y: $0.loss) }
    let trained = results.outcomes.compactMap { outcome in
      outcome.trainedLoss.map { LineChart.Point(x: Double(outcome.bits), y: $0) }
    }
    var chart = ScatterChart(
      title: "Fewer bits", xName: "bits of a weight", yName: "loss in nats on held-out pictures",
      series: [("rounded after training", rounded), ("trained with rounded weights", trained)].flatMap { name, points in
        [.init(name, points, style: .line), .init(name, points)]
      })
    chart.xScale = .logarithmic
    return try ScatterPicture([chart], width: 800).encoded()
  }
}
