import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining

/// A network small enough for a step to take no time: a class from the one before it.
struct NextCode: TrainingTask {
  /// Counts how often the loss was asked for.
  final class Calls: Sendable {
    private let count = Locked(0)

    /// The number of this call, from 1.
    func next() -> Int {
      count.withLock {
        $0 += 1
        return $0
      }
    }
  }

  private let embedding = Embedding("embedding", classes: NoiseCorpus.classes, channels: 8)
  private let output = Convolution.pointwise("output", inputChannels: 8, outputChannels: NoiseCorpus.classes)
  private let calls = Calls()
  var trainedRows: TrainedRows?
  var dropout = 0.0
  var examplesPerPass = Int.max
  /// Multiplies the loss.
  var scale: Float = 1
  /// Which calls have a loss that is not a number.
  var fails: @Sendable (Int) -> Bool = { _ in false }

  var declarations: [ParameterDeclaration] { embedding.declarations + output.declarations }

  let measures = TaskMeasures.ofSamples

  func loss(_ batch: [CodeSequence], _ pass: Pass<Float>) -> BatchLoss {
    let length = batch[0].codes.count
    let targets = batch.flatMap(\.codes)
    let previous = batch.flatMap { [$0.previous] + $0.codes.dropLast() }
    let weights = batch.flatMap { sequence in (0..<length).map { $0 < sequence.validCount ? Float(1) : 0 } }
    var hidden = embedding.forward(previous, shape: [batch.count, length], pass)
    if case .training(let seed) = pass.phase { hidden = hidden.dropout(rate: dropout, random: Philox(seed: seed)) }
    let mean = output.forward(hidden, pass).crossEntropy(targets: targets, weights: weights)
    let loss = fails(calls.next()) ? mean * .nan : scale == 1 ? mean : mean * scale
    return BatchLoss(
      loss, weight: Double(batch.reduce(0) { $0 + $1.validCount }),
      values: [Information.bits(fromNats: Double(loss.value.item))])
  }

  func writeConfiguration(toFolder folder: String) throws {
    try AtomicFile.write(to: folder + "/config.json", existing: .replace) { try $0.write("{}") }
  }
}
