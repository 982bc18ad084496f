import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining

/// Small pictures of horizontal or vertical stripes under noise.
struct Stripes {
  static let size = 6
  /// [pictures, 6, 6, 1].
  let pictures: Tensor<Float>
  /// 0 for horizontal stripes, 1 for vertical ones.
  let labels: [Int32]
}

/// Pictures in an endless order.
final class StripedPictures: ExampleSource {
  let examplesPerEpoch = 40

  func batch(_ numbers: Range<Int>) -> Stripes {
    var (values, labels) = ([Float](), [Int32]())
    for number in numbers {
      var random = Philox(seed: 11, stream: UInt64(number))
      let label = Int32(random.integer(below: 2))
      let phase = random.integer(below: 2)
      for y in 0..<Stripes.size {
        for x in 0..<Stripes.size {
          let isLit = ((label == 0 ? y : x) + phase) % 2 == 0
          values.append((isLit ? 1 : 0) + Float(0.5 * random.normal()))
        }
      }
      labels.append(label)
    }
    return Stripes(pictures: Tensor([numbers.count, Stripes.size, Stripes.size, 1], values), labels: labels)
  }
}

/// A network with batch normalization that learns which way the stripes go: nothing of it is sound.
struct StripesTask: TrainingTask {
  private let filters = Convolution(
    "filters",
    ConvolutionGeometry(
      inputChannels: 1, outputChannels: 6,
      windows: [SlidingWindow(3, padding: .same), SlidingWindow(3, padding: .same)]))
  private let normalization = BatchNormalization("normalization", channels: 6)
  private let output = Convolution.pointwise("output", inputChannels: 6, outputChannels: 2)

  var declarations: [ParameterDeclaration] {
    filters.declarations + normalization.declarations + output.declarations
  }

  let measures = TaskMeasures(
    loss: Measure("crossEntropy", unit: "nats"), others: [Measure("accuracy")],
    speed: Measure("picturesPerSecond", unit: "pictures per second"))

  func loss(_ batch: Stripes, _ pass: Pass<Float>) -> BatchLoss {
    let count = batch.labels.count
    let maps = normalization.forward(filters.forward(pass.tape.constant(batch.pictures), pass), pass).relu()
    let pooled = maps.mean(axes: [1, 2]).reshaped([count, 1, 6])
    let logits = output.forward(pooled, pass).reshaped([count, 2])
    let loss = logits.crossEntropy(targets: batch.labels, weights: [Float](repeating: 1, count: count))
    let right = zip(logits.value.indicesOfLargest(), batch.labels).count { $0 == Int($1) }
    return BatchLoss(
      loss, weight: Double(count), values: [Double(loss.value.item), Double(right) / Double(count)])
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/config.json", existing: .replace) { try $0.write("{}") }
  }
}
