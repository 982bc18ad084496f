import KodamaCore

/// A section of a recording to train on.
public struct Crop: Sendable, Equatable {
  /// The index of the recording.
  public let recording: Int
  /// Its first sample.
  public let start: Int
  /// The number of samples inside the recording; less than the crop's length only where the recording is shorter, or
  /// where an aligned crop extends past its end.
  public let validCount: Int
}

/// Chooses crops of equal length from recordings: a pure function of the crop's number, so that training can resume
/// anywhere.
///
/// An epoch has ⌈frames / L⌉ crops of each recording. The recording is divided into as many strata of equal length,
/// from half a crop before its start to half a crop before its end; each crop starts at a random position in its own
/// stratum, moved to the nearest position where it fits. Over the epochs, every sample is covered, the first and the
/// last no less than others. The crops of each epoch are in a random order.
///
/// With an alignment a, crops start at the multiple of a nearest to the chosen position; the last of them may start up
/// to a − 1 samples after the last position where a crop fits, so that the end is covered.
///
/// A recording shorter than L has one crop from its start; the rest is padding, which is excluded from losses. Empty
/// recordings have none.
public struct CropSampler: Sendable {
  /// The length of a crop in samples.
  public let cropLength: Int
  /// The divisor of every crop's first sample.
  public let alignment: Int
  /// The number of crops in an epoch.
  public let cropsPerEpoch: Int
  /// The number of recordings without samples, which have no crops.
  public let emptyRecordings: Int
  private let frames: [Int]
  /// The number of crops of all recordings before each one.
  private let firstCrop: [Int]
  private let seed: UInt64

  /// Stream numbers under the seed: "CROP" and the next.
  private static let orderStream: UInt64 = 0x4352_4F50
  private static let positionStream: UInt64 = 0x4352_4F51

  /// - Parameters:
  ///   - frames: samples of each recording.
  ///   - cropLength: samples of a crop.
  ///   - alignment: the divisor of first samples, such as the hop length of features.
  /// - Precondition: a positive crop length and alignment; at least one recording with samples.
  public init(frames: [Int], cropLength: Int, alignment: Int = 1, seed: UInt64) {
    precondition(cropLength > 0, "a crop needs a positive length, not \(cropLength)")
    precondition(alignment > 0, "crops cannot begin at multiples of \(alignment)")
    precondition(frames.contains { $0 > 0 }, "none of the \(frames.count) recordings has samples")
    var firstCrop: [Int] = []
    var total = 0
    for count in frames {
      firstCrop.append(total)
      total += (count + cropLength - 1) / cropLength
    }
    self.frames = frames
    self.cropLength = cropLength
    self.alignment = alignment
    self.firstCrop = firstCrop
    self.seed = seed
    cropsPerEpoch = total
    emptyRecordings = frames.count { $0 == 0 }
  }

  /// Crop `number` of an endless sequence of epochs.
  public func crop(_ number: Int) -> Crop {
    precondition(number >= 0, "a crop's number cannot be \(number)")
    let (epoch, position) = number.quotientAndRemainder(dividingBy: cropsPerEpoch)
    let order = IndexPermutation(count: cropsPerEpoch, seed: seed, stream: Self.orderStream, number: epoch)
    let index = order[position]
    let recording = self.recording(ofCrop: index)
    let count = frames[recording]
    if count <= cropLength { return Crop(recording: recording, start: 0, validCount: count) }

    let strata = (count + cropLength - 1) / cropLength
    let stratum = Workers.range(of: index - firstCrop[recording], parts: strata, count: count)
    var philox = Philox(seed: seed, stream: Self.positionStream, position: UInt64(number) * 4)
    let chosen = stratum.lowerBound + Int(philox.uniform() * Double(stratum.count)) - cropLength / 2
    let last = (count - cropLength + alignment - 1) / alignment
    let start = min((max(0, chosen) + alignment / 2) / alignment, last) * alignment
    return Crop(recording: recording, start: start, validCount: min(cropLength, count - start))
  }

  /// The last recording whose first crop is at or before a crop, by bisection; recordings without crops are skipped,
  /// because the next one has the same first number.
  private func recording(ofCrop index: Int) -> Int {
    var (low, high) = (0, firstCrop.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstCrop[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }
}

/// A crop and its samples.
public struct CropSamples: Sendable, Equatable {
  /// Its position.
  public let crop: Crop
  /// As many samples as the crop's length; those from `crop.validCount` on are zeros, which are excluded from losses.
  public let samples: [Float]
  /// The sample before the first; nil at the start of a recording, which silence precedes.
  public let previous: Float?
  /// The features of the crop; empty where none were requested.
  public let features: [Float]
  /// The targets of the crop's valid samples; empty where none were requested.
  package let targets: [UInt8]

  init(crop: Crop, samples: [Float], previous: Float?, features: [Float] = [], targets: [UInt8] = []) {
    (self.crop, self.samples, self.previous, self.features) = (crop, samples, previous, features)
    self.targets = targets
  }
}

/// A source of what is to be predicted in crops, such as stored probabilities, which is read together with their samples.
package protocol CropTargets: Sendable {
  /// The targets of the valid samples of a crop.
  func bytes(for crop: Crop) throws -> [UInt8]
}

/// A source of features for crops, which are read together with their samples.
public protocol CropFeatures: Sendable {
  /// The features of a crop.
  ///
  /// - Parameter length: the crop's length in samples, which may extend past the recording's end.
  func values(for crop: Crop, length: Int) throws -> [Float]
}

extension Recordings {
  /// Reads a crop of `length` samples and its features.
  ///
  /// - Throws: as `read`, and errors of `features`.
  public func read(_ crop: Crop, length: Int, features: (any CropFeatures)? = nil) throws -> CropSamples {
    try read(crop, recording: crop.recording, length: length, features: features)
  }

  /// Reads a crop whose number of a recording is another one here.
  func read(
    _ crop: Crop, recording: Int, length: Int, features: (any CropFeatures)? = nil, targets: (any CropTargets)? = nil
  ) throws -> CropSamples {
    let before = crop.start > 0 ? 1 : 0
    var samples = try read(recording, crop.start - before..<crop.start + crop.validCount)
    let previous = before == 1 ? samples.removeFirst() : nil
    samples += [Float](repeating: 0, count: length - crop.validCount)
    return CropSamples(
      crop: crop, samples: samples, previous: previous,
      features: try features?.values(for: crop, length: length) ?? [], targets: try targets?.bytes(for: crop) ?? [])
  }
}
