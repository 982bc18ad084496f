import KodamaAudio
import KodamaClassifiers
import KodamaCore
import KodamaTraining

/// A batch of examples: maps of features with the labels of the recordings.
package struct LabelledMaps: Sendable {
  /// The maps, [examples, frames, bands].
  package let maps: [Float]
  /// The labels of each example: two, of which the first has the larger share, with an index for each label set.
  package let labels: [(first: [Int], second: [Int], share: Double)]
}

/// Random windows of recordings, with augmentation: an example is a function of its number alone.
package final class LabelledWindows: ExampleSource, Sendable {
  private let recordings: Recordings
  /// The index of the label of each set, by recording.
  private let labels: [[Int]]
  private let features: FeatureMap
  private let configuration: ClassifierConfiguration
  private let augmentation: Augmentation
  private let seed: UInt64
  private let workers: Workers

  /// Streams of random numbers under the seed: "ORDR", "EXAM".
  private static let (orderStream, exampleStream): (UInt64, UInt64) = (0x4F52_4452, 0x4558_414D << 32)

  /// Windows of recordings.
  ///
  /// - Throws: `SpectraFault.badConvention`.
  package init(
    _ recordings: Recordings, labels: [[Int]], configuration: ClassifierConfiguration, augmentation: Augmentation,
    seed: UInt64, workers: Workers
  ) throws {
    features = try FeatureMap(configuration)
    (self.recordings, self.labels, self.configuration) = (recordings, labels, configuration)
    (self.augmentation, self.seed, self.workers) = (augmentation, seed, workers)
  }

  package var examplesPerEpoch: Int { recordings.count }

  /// - Throws: `AudioFault`, `FileFault`, `SpectraFault.notFinite`.
  package func batch(_ numbers: Range<Int>) throws -> LabelledMaps {
    let made = workers.map(parts: numbers.count) { [self] index in
      Result { try example(numbers.lowerBound + index) }
    }
    let examples = try made.map { try $0.get() }
    return LabelledMaps(maps: examples.flatMap(\.map), labels: examples.map(\.labels))
  }

  private typealias Example = (map: [Float], labels: (first: [Int], second: [Int], share: Double))

  /// An example, possibly mixed with another recording.
  private func example(_ number: Int) throws -> Example {
    let (epoch, position) = number.quotientAndRemainder(dividingBy: recordings.count)
    let order = IndexPermutation(count: recordings.count, seed: seed, stream: Self.orderStream, number: epoch)
    let first = order[position]
    var random = Philox(seed: seed, stream: Self.exampleStream | UInt64(number))
    var map = try self.map(of: first, random: &random)
    let share = augmentation.share(random: &random)
    if share == 1 { return (map, (labels[first], labels[first], 1)) }
    let second = random.integer(below: recordings.count)
    let other = try self.map(of: second, random: &random)
    let (a, b) = (Float(share), Float(1 - share))
    for index in map.indices { map[index] = a * map[index] + b * other[index] }
    return (map, (labels[first], labels[second], share))
  }

  /// The features of a random window of a recording.
  private func map(of recording: Int, random: inout Philox) throws -> [Float] {
    let (frames, window) = (recordings.frames(of: recording), configuration.windowSamples)
    let start = frames > window ? Int(random.uniform() * Double(frames - window + 1)) : 0
    var samples = try recordings.read(recording, start..<min(frames, start + window))
    let offset = augmentation.offset(room: window - samples.count, random: &random)
    augmentation.apply(to: &samples, random: &random)
    return try [Float](unsafeUninitializedCapacity: features.count) { buffer, initialized in
      let map = UnsafeMutableBufferPointer(rebasing: buffer[0..<features.count])
      map.initialize(repeating: 0)
      initialized = features.count
      try features.write(samples, offset: offset, to: map)
      augmentation.mask(map, bands: configuration.features.bands, random: &random)
    }
  }
}
