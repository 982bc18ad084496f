import KodamaAudio
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import Synchronization

/// A network small enough for a step to take no time: the class of a sample from that of the sample before it.
struct NextCode: TrainingObjective {
  /// Counts how often the loss was asked for.
  final class Calls: Sendable {
    private let count = Mutex(0)

    /// The number of this call, from 1.
    func next() -> Int {
      count.withLock {
        $0 += 1
        return $0
      }
    }
  }

  private static let classes = 4
  private let embedding = Embedding("embedding", classes: classes, channels: 8)
  private let output = Convolution.pointwise("output", inputChannels: 8, outputChannels: classes)
  private let calls = Calls()
  var trainedRows: TrainedRows?
  var dropout = 0.0
  /// Multiplies the loss.
  var scale: Float = 1
  /// Which calls have a loss that is not a number.
  var fails: @Sendable (Int) -> Bool = { _ in false }

  var declarations: [ParameterDeclaration] { embedding.declarations + output.declarations }

  func loss(_ batch: [CropSamples], _ pass: Pass<Float>) -> Variable<Float> {
    let length = batch[0].samples.count
    func code(_ sample: Float) -> Int32 { min(3, Int32((sample + 1) * 2)) }
    var (previous, targets, weights) = ([Int32](), [Int32](), [Float]())
    for crop in batch {
      let codes = crop.samples.map(code)
      targets += codes
      previous += [crop.previous.map(code) ?? 2] + codes.dropLast()
      weights += (0..<length).map { $0 < crop.crop.validCount ? 1 : 0 }
    }
    var hidden = embedding.forward(previous, shape: [batch.count, length], pass)
    if case .training(let seed) = pass.phase { hidden = hidden.dropout(rate: dropout, random: Philox(seed: seed)) }
    let loss = output.forward(hidden, pass).crossEntropy(targets: targets, weights: weights)
    return fails(calls.next()) ? loss * .nan : scale == 1 ? loss : loss * scale
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/config.json", existing: .replace) { try $0.write("{}") }
  }
}
