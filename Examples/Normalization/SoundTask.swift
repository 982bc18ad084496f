import Kodama

/// A small network that tells kinds of sounds apart by their maps: three convolutions, each with a normalization.
struct SoundTask: TrainingTask {
  /// What normalizes.
  enum Kind: String, CaseIterable {
    case batch, layer, group
  }

  private let convolutions: [Convolution]
  private let normalizations: [any NormalizationOfMaps]
  private let output: Convolution
  let kind: Kind
  let measures = TaskMeasures(loss: Measure("crossEntropy", unit: "nats"), others: [SoundTask.accuracy])

  /// The share of sounds whose kind the network gives the highest probability.
  static let accuracy = Measure("accuracy")

  init(_ kind: Kind) {
    self.kind = kind
    let channels = [1, 16, 32, 32]
    let window = SlidingWindow(3, stride: 2, padding: .same)
    convolutions = (0..<3).map { index in
      // The normalization has a bias of its own.
      Convolution(
        "convolutions.\(index)",
        ConvolutionGeometry(
          inputChannels: channels[index], outputChannels: channels[index + 1], windows: [window, window]),
        bias: false)
    }
    normalizations = (0..<3).map { index in
      let (path, channels) = ("normalizations.\(index)", channels[index + 1])
      return switch kind {
      case .batch: BatchNormalization(path, channels: channels)
      // Over all channels and positions of a sample: one group.
      case .layer: GroupNormalization(path, groups: 1, channels: channels)
      case .group: GroupNormalization(path, groups: 4, channels: channels)
      }
    }
    output = .pointwise("output", inputChannels: channels[3], outputChannels: SynthesizedSounds.Kind.allCases.count)
  }

  var declarations: [ParameterDeclaration] {
    convolutions.flatMap(\.declarations) + normalizations.flatMap(\.declarations) + output.declarations
  }

  func loss(_ batch: LabelledMaps, _ pass: Pass<Float>) -> BatchLoss {
    var x = pass.tape.constant(batch.maps)
    for (convolution, normalization) in zip(convolutions, normalizations) {
      x = normalization.forward(convolution.forward(x, pass), pass).relu()
    }
    let count = batch.kinds.count
    let logits = output.forward(x.mean(axes: [1, 2]).reshaped([1, count, x.shape.last]), pass)
    let loss = logits.crossEntropy(targets: batch.kinds, weights: Array(repeating: 1, count: count))
    let right = zip(logits.value.indicesOfLargest(), batch.kinds).count { $0 == Int($1) }
    return BatchLoss(
      loss, weight: Double(count), values: [Double(loss.value.item), Double(right) / Double(count)])
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/config.json", existing: .replace) {
      try $0.write(#"{"normalization": "\#(kind.rawValue)"}"#)
    }
  }
}

/// A layer that normalizes maps of a number of channels.
protocol NormalizationOfMaps: Layer {
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S>
}

extension BatchNormalization: NormalizationOfMaps {}
extension GroupNormalization: NormalizationOfMaps {}
