import KodamaCore
import KodamaTraining

/// A sequence of classes, some of which may be padding.
struct CodeSequence {
  /// The class before the first.
  let previous: Int32
  let codes: [Int32]
  /// How many of the codes are no padding.
  let validCount: Int
}

/// Sequences of noise in an endless order, most as long as each other, some shorter and padded.
struct NoiseCorpus: Sendable {
  /// How many classes there are.
  static let classes = 4
  /// The valid codes of the sequences of an epoch.
  let lengths: [Int]
  /// The length they are padded to.
  let length: Int
  /// Whether all codes are of one class.
  var isConstant = false

  init(lengths: [Int] = [20, 20, 20, 20, 20, 7, 20, 20, 1, 20, 20], length: Int = 20) {
    self.lengths = lengths
    self.length = length
  }

  /// Sequence `number`: the same codes in each epoch, in another order.
  func sequence(_ number: Int) -> CodeSequence {
    let (epoch, place) = number.quotientAndRemainder(dividingBy: lengths.count)
    let index = (place + 3 * epoch) % lengths.count
    var random = Philox(seed: 3, stream: UInt64(index))
    func code() -> Int32 { isConstant ? 2 : Int32(random.integer(below: Self.classes)) }
    let previous = code()
    let codes = (0..<lengths[index]).map { _ in code() }
    return CodeSequence(
      previous: previous, codes: codes + [Int32](repeating: 0, count: length - lengths[index]),
      validCount: lengths[index])
  }
}

/// The batches of a corpus.
final class NoiseBatches: ExampleSource {
  private let corpus: NoiseCorpus
  /// Throws for a number where it is to fail.
  private let check: (Int) throws -> Void

  init(_ corpus: NoiseCorpus, check: @escaping (Int) throws -> Void = { _ in }) {
    self.corpus = corpus
    self.check = check
  }

  var examplesPerEpoch: Int { corpus.lengths.count }

  func batch(_ numbers: Range<Int>) throws -> [CodeSequence] {
    try numbers.map { number in
      try check(number)
      return corpus.sequence(number)
    }
  }
}
