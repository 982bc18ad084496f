import KodamaCore

/// A stretch of a recording to train on.
public struct Crop: Sendable, Equatable {
  /// Which recording.
  public let recording: Int
  /// Its first sample.
  public let start: Int
  /// The samples that are there; less than the crop's length only where the recording is shorter, or where a crop that
  /// begins at a multiple of an alignment reaches over its end.
  public let validCount: Int
}

/// Chooses crops of equal length from recordings: a pure function of the crop's number, so that training resumes
/// anywhere.
///
/// An epoch has ⌈frames / L⌉ crops of each recording. The recording is cut into as many strata of equal length, from
/// half a crop before its beginning to half a crop before its end; each crop starts at a random place of its own
/// stratum, moved to the nearest place where it fits. So over the epochs every sample is seen, the first and the last
/// no less than others. The crops of an epoch come in a random order of their own.
///
/// With an alignment a, crops begin at the multiple of a that is nearest to the chosen place; the last of them may begin up
/// to a − 1 samples after the last place where a crop fits, so that the end is seen.
///
/// A recording shorter than L gives one crop from its beginning; what lacks is padding and no part of a loss. Empty
/// recordings give none.
public struct CropSampler: Sendable {
  /// The length of a crop in samples.
  public let cropLength: Int
  /// What every crop's first sample is a multiple of.
  public let alignment: Int
  /// The number of crops in an epoch.
  public let cropsPerEpoch: Int
  /// The number of recordings without samples, which give no crops.
  public let emptyRecordings: Int
  private let frames: [Int]
  /// The number of crops of all recordings before each.
  private let firstCrop: [Int]
  private let seed: UInt64

  /// Streams of the seed's random numbers; "CROP" and the next.
  private static let orderStream: UInt64 = 0x4352_4F50
  private static let placeStream: UInt64 = 0x4352_4F51

  /// - Parameters:
  ///   - frames: samples of each recording.
  ///   - cropLength: samples of a crop.
  ///   - alignment: what first samples are multiples of, such as the hop of features.
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
    let (epoch, place) = number.quotientAndRemainder(dividingBy: cropsPerEpoch)
    let order = IndexPermutation(count: cropsPerEpoch, seed: seed, stream: Self.orderStream, number: epoch)
    let index = order[place]
    let recording = self.recording(ofCrop: index)
    let count = frames[recording]
    if count <= cropLength { return Crop(recording: recording, start: 0, validCount: count) }

    let strata = (count + cropLength - 1) / cropLength
    let stratum = Workers.range(of: index - firstCrop[recording], parts: strata, count: count)
    var philox = Philox(seed: seed, stream: Self.placeStream, position: UInt64(number) * 4)
    let chosen = stratum.lowerBound + Int(philox.uniform() * Double(stratum.count)) - cropLength / 2
    let last = (count - cropLength + alignment - 1) / alignment
    let start = min((max(0, chosen) + alignment / 2) / alignment, last) * alignment
    return Crop(recording: recording, start: start, validCount: min(cropLength, count - start))
  }

  /// The last recording whose first crop is at or before a crop, by bisection; recordings without crops are passed
  /// over, because the next one begins at the same number.
  private func recording(ofCrop index: Int) -> Int {
    var (low, high) = (0, firstCrop.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstCrop[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }
}
