import KodamaAudio
import KodamaCore
import KodamaTensors
import KodamaTraining

/// A batch of crops: the inputs of each with the samples before them, and the outputs.
public struct PairBatch: Sendable, Equatable {
  /// What goes into a model, [B, lookback + T].
  public let dry: Tensor<Float>
  /// What it is to give for the last T inputs, [B, T].
  public let wet: Tensor<Float>
}

/// Crops of a pair of recordings in a random order: a crop is a function of its number alone.
///
/// An epoch has ⌊outputs / T⌋ crops of T outputs, one after the other, whose first output is moved by a random number of
/// samples in each epoch, up to what is left over. Each has `lookback` inputs before the input of its first output: with
/// the receptive field less one, no output depends on padding.
public final class PairCrops: ExampleSource, Sendable {
  private let pair: AlignedPair
  private let outputs: Range<Int>
  /// The outputs of a crop, T.
  public let samples: Int
  /// The inputs before the input of the first output.
  public let lookback: Int
  private let seed: UInt64

  /// Streams of random numbers under the seed: "PAIR" and the next.
  private static let (orderStream, offsetStream): (UInt64, UInt64) = (0x5041_4952, 0x5041_4953)

  /// Crops of some outputs.
  ///
  /// - Parameter outputs: the samples that are outputs of crops, such as those of `AlignedPair.split`.
  /// - Precondition: at least `samples` outputs, `lookback` samples before the first.
  public init(_ pair: AlignedPair, outputs: Range<Int>, samples: Int, lookback: Int, seed: UInt64) {
    precondition(samples > 0 && lookback >= 0, "crops of \(samples) outputs with \(lookback) inputs before them")
    precondition(
      outputs.lowerBound >= lookback && outputs.upperBound <= pair.count && outputs.count >= samples,
      "crops of \(samples) outputs after \(lookback) inputs do not lie in \(outputs) of \(pair.count) samples")
    (self.pair, self.outputs, self.samples, self.lookback, self.seed) = (pair, outputs, samples, lookback, seed)
  }

  /// The number of crops of an epoch.
  public var examplesPerEpoch: Int { outputs.count / samples }

  /// The outputs of crop `number` of an endless sequence of epochs.
  public func outputs(ofCrop number: Int) -> Range<Int> {
    precondition(number >= 0, "a crop's number cannot be \(number)")
    let count = examplesPerEpoch
    let (epoch, position) = number.quotientAndRemainder(dividingBy: count)
    let order = IndexPermutation(count: count, seed: seed, stream: Self.orderStream, number: epoch)
    var random = Philox(seed: seed, stream: Self.offsetStream, position: UInt64(epoch) * 4)
    let offset = random.integer(below: outputs.count - count * samples + 1)
    let start = outputs.lowerBound + offset + order[position] * samples
    return start..<start + samples
  }

  /// The crops of these numbers.
  public func batch(_ numbers: Range<Int>) -> PairBatch { batch(numbers.map(outputs(ofCrop:))) }

  /// The outputs of a range in order, in batches of one crop, the last of them possibly shorter: for validation.
  ///
  /// - Precondition: `lookback` samples before the range.
  public func batches(inOrder range: Range<Int>, samples: Int) -> some Sequence<PairBatch> {
    precondition(
      range.lowerBound >= lookback && range.upperBound <= pair.count && samples > 0,
      "outputs \(range) after \(lookback) inputs, of \(pair.count) samples")
    return stride(from: range.lowerBound, to: range.upperBound, by: samples).lazy.map { [self] start in
      batch([start..<Swift.min(range.upperBound, start + samples)])
    }
  }

  /// Crops of one length.
  private func batch(_ crops: [Range<Int>]) -> PairBatch {
    let count = crops.first?.count ?? 0
    return PairBatch(
      dry: Tensor(
        [crops.count, lookback + count], crops.flatMap { pair.dry[$0.lowerBound - lookback..<$0.upperBound] }),
      wet: Tensor([crops.count, count], crops.flatMap { pair.wet[$0] }))
  }
}
