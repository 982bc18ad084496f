import Kodama

/// More layers can compute all that fewer can, and yet a plain stack of 50 learns less than one of 14: its gradients have
/// to come through every layer, and its first layers hardly learn. A residual network adds the input of every two
/// convolutions to their output; what a block has to learn is the difference, and gradients have a way around it. Here
/// networks of 14 and of 50 layers, with and without these shortcuts, see the same pictures, 64 in each step.
///
/// - Source: He et al. 2015, "Deep residual learning for image recognition", §4.2 and figure 6.
public struct Depth: Lesson {
  public static let name = "depth"
  public static let topic = "14 and 50 layers, with and without shortcuts"

  /// The losses of a network while it learns.
  public struct Curve {
    public let layers: Int
    public let hasShortcuts: Bool
    /// The loss of each step, in nats.
    public let losses: [Double]
    /// The share of 1,000 held-out pictures that it gets wrong at the end.
    public let error: Double

    /// The mean loss of the last ten steps.
    public var lastLoss: Double { losses.suffix(10).reduce(0, +) / 10 }
  }

  private let seed: UInt64
  private let steps = 80
  private let batch = 64

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> [Curve] {
    [14, 50].flatMap { layers in [true, false].map { curve(layers, hasShortcuts: $0) } }
  }

  private func curve(_ layers: Int, hasShortcuts: Bool) -> Curve {
    // Three stages of blocks of two convolutions, after a first convolution and before the head.
    let blocks = (layers - 2) / 6
    let network = ResidualNetwork(
      inputChannels: 1, stem: .small(channels: 8), shortcut: hasShortcuts ? .zeroPadding : .none,
      stages: [8, 16, 32].enumerated().map {
        .init(blocks: blocks, channels: $1, stride: $0 == 0 ? 1 : 2)
      }, heads: .one(classes: ShapePictures.shapes.count))
    var learner = Learner([network], .adam(), seed: seed)
    let losses = (0..<steps).map { step in
      let pictures = ShapePictures.pictures(step * batch..<(step + 1) * batch, seed: seed)
      return learner.step(rate: 0.003) { pass in
        pictures.crossEntropy(logits(network, ShapePictures.maps(pictures), pass))
      }
    }
    let heldOut = ShapePictures.pictures(0..<1000, seed: seed + 1000)
    let output = learner.output { logits(network, ShapePictures.maps(heldOut), $0) }
    return Curve(
      layers: layers, hasShortcuts: hasShortcuts, losses: losses, error: 1 - heldOut.accuracy(output))
  }

  /// The logits of maps, [1, B, classes].
  private func logits(_ network: ResidualNetwork, _ maps: Tensor<Float>, _ pass: Pass<Float>) -> Variable<Float> {
    let logits = network.outputs(pass.tape.constant(maps), pass).logits[0]
    return logits.reshaped([1, maps.shape[0], logits.shape.last])
  }

  public func lines(_ results: [Curve]) -> [String] {
    ["after \(steps) steps of \(batch) pictures of eight shapes"]
      + [columns(["layers", "shortcuts", "loss", "error"], width: 12)]
      + results.map { curve in
        columns(
          ["\(curve.layers)", curve.hasShortcuts ? "yes" : "no", fixed(curve.lastLoss), percent(curve.error)], width: 12
        )
      }
  }

  public func picture(_ results: [Curve]) throws -> [UInt8] {
    let chart = ScatterChart(
      title: "Loss while learning", xName: "step", yName: "nats",
      series: results.map { curve in
        .init(
          "\(curve.layers) layers\(curve.hasShortcuts ? "" : ", plain")",
          curve.losses.enumerated().map { .init(x: Double($0), y: $1) }, style: .line)
      })
    return try ScatterPicture([chart], width: 800).encoded()
  }
}
