import Kodama

/// Batch normalization takes means and variances over the examples of a batch. From 2 examples they are poor estimates,
/// and not those that the network uses afterwards. Group and layer normalization look at each example by itself. Here
/// every step learns from the same 64 pictures and only the statistics differ: they are taken over all 64, or over runs
/// of 16, 4 or 2, as where a step is divided among machines or passes. The curves of group and layer normalization are
/// flat, because they do not see the division; the error of batch normalization rises as the runs shrink.
///
/// `Examples/Normalization` shows the other experiment, in which steps become smaller and more as batches shrink.
///
/// - Source: Wu and He 2018, "Group normalization", §4.1 and figure 1; Ioffe and Szegedy 2015, algorithms 1 and 2.
public struct SmallBatches: Lesson {
  public static let name = "batches"
  public static let topic = "batch, group and layer normalization over 2, 4, 16 and 64 examples"

  /// What normalizes.
  public enum Kind: String, CaseIterable {
    case batch, group, layer
  }

  /// The share of held-out pictures that a network gets wrong, mean over seeds.
  public struct Outcome {
    public let kind: Kind
    public let batchSize: Int
    public let error: Double
  }

  /// The examples of a step.
  public static let stepSize = 64
  /// The examples that statistics are taken over.
  public static let batchSizes = [2, 4, 16, 64]
  private let seeds: [UInt64]
  private let steps = 60

  public init(seed: UInt64) { seeds = [seed, seed + 1] }

  public func results() throws -> [Outcome] {
    Kind.allCases.flatMap { kind in
      Self.batchSizes.map { batchSize in
        let errors = seeds.map { error(kind, batchSize: batchSize, seed: $0) }
        return Outcome(kind: kind, batchSize: batchSize, error: errors.reduce(0, +) / Double(errors.count))
      }
    }
  }

  /// Trains one network, and returns its error on held-out pictures.
  private func error(_ kind: Kind, batchSize: Int, seed: UInt64) -> Double {
    let network = Network(kind)
    var learner = Learner(network.layers, .adam(), seed: seed)
    for step in 0..<steps {
      // The gradient of a step is the mean over its runs, each with statistics of its own.
      let runs = (0..<Self.stepSize / batchSize).map { run -> (Pass<Float>) -> Variable<Float> in
        let first = step * Self.stepSize + run * batchSize
        let pictures = ShapePictures.pictures(first..<first + batchSize, seed: seed)
        return { pictures.crossEntropy(network.forward(ShapePictures.maps(pictures), $0)) }
      }
      _ = learner.step(rate: 0.01, runs)
    }
    // Pictures of a seed that no network learns from.
    let heldOut = ShapePictures.pictures(0..<1000, seed: seed + 1000)
    return 1 - heldOut.accuracy(learner.output { network.forward(ShapePictures.maps(heldOut), $0) })
  }

  /// Three convolutions, each with a normalization, and the mean over all positions.
  private struct Network {
    private let convolutions: [Convolution]
    private let normalizations: [any Layer]
    private let output = Convolution.pointwise(
      "output", inputChannels: 32, outputChannels: ShapePictures.shapes.count, isOutput: true)

    init(_ kind: Kind) {
      let channels = [1, 8, 16, 32]
      let windows = [2, 2, 1].map { SlidingWindow(3, stride: $0, padding: .same) }
      convolutions = (0..<3).map { index in
        Convolution(
          "convolutions.\(index)",
          ConvolutionGeometry(
            inputChannels: channels[index], outputChannels: channels[index + 1],
            windows: [windows[index], windows[index]]), bias: false)
      }
      normalizations = (0..<3).map { index -> any Layer in
        let (path, channels) = ("normalizations.\(index)", channels[index + 1])
        return switch kind {
        case .batch: BatchNormalization(path, channels: channels)
        case .group: GroupNormalization(path, groups: 4, channels: channels)
        // All channels and positions of an example: one group.
        case .layer: GroupNormalization(path, groups: 1, channels: channels)
        }
      }
    }

    var layers: [any Layer] { convolutions + normalizations + [output] }

    func forward(_ maps: Tensor<Float>, _ pass: Pass<Float>) -> Variable<Float> {
      var x = pass.tape.constant(maps)
      for (convolution, normalization) in zip(convolutions, normalizations) {
        x = convolution.forward(x, pass)
        switch normalization {
        case let layer as BatchNormalization: x = layer.forward(x, pass)
        case let layer as GroupNormalization: x = layer.forward(x, pass)
        default: preconditionFailure("no normalization of maps: \(normalization)")
        }
        x = x.relu()
      }
      return output.forward(x.mean(axes: [1, 2]).reshaped([1, maps.shape[0], 32]), pass)
    }
  }

  public func lines(_ results: [Outcome]) -> [String] {
    ["error on 1,000 held-out pictures after \(steps) steps of \(Self.stepSize), mean of \(seeds.count) seeds"]
      + [columns(["statistics"] + Self.batchSizes.map { "over \($0)" })]
      + Kind.allCases.map { kind in
        columns([kind.rawValue] + results.filter { $0.kind == kind }.map { percent($0.error) })
      }
  }

  public func picture(_ results: [Outcome]) throws -> [UInt8] {
    var chart = ScatterChart(
      title: "Error by batch size", xName: "examples that statistics are taken over", yName: "% of held-out pictures",
      series: Kind.allCases.flatMap { kind -> [ScatterChart.Series] in
        let points = results.filter { $0.kind == kind }.map {
          LineChart.Point(x: Double($0.batchSize), y: 100 * $0.error)
        }
        return [.init(kind.rawValue, points, style: .line), .init(kind.rawValue, points)]
      })
    chart.xScale = .logarithmic
    return try ScatterPicture([chart], width: 800).encoded()
  }
}
