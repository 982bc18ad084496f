/// A crop and its sound.
public struct CropSamples: Sendable, Equatable {
  /// Where it is from.
  public let crop: Crop
  /// As many samples as the crop's length; after `crop.validCount` zeros, which are no part of a loss.
  public let samples: [Float]
  /// The sample before the first; nil at the beginning of a recording, where silence comes before.
  public let previous: Float?
  /// What goes with the crop beside its sound, as a `CropCompanion` gives it; empty without one.
  public let companion: [Float]

  init(crop: Crop, samples: [Float], previous: Float?, companion: [Float] = []) {
    (self.crop, self.samples, self.previous, self.companion) = (crop, samples, previous, companion)
  }
}

/// Finds what goes with crops beside their sound, such as features, where they are read.
public protocol CropCompanion: Sendable {
  /// The numbers that go with a crop.
  ///
  /// - Parameter length: the crop's length in samples, of which not all may be there.
  func values(beside crop: Crop, length: Int) throws -> [Float]
}

extension Recordings {
  /// Reads a crop of `length` samples and what goes with it.
  ///
  /// - Throws: as `read`, and whatever the companion throws.
  public func read(_ crop: Crop, length: Int, companion: (any CropCompanion)? = nil) throws -> CropSamples {
    let before = crop.start > 0 ? 1 : 0
    var samples = try read(crop.recording, crop.start - before..<crop.start + crop.validCount)
    let previous = before == 1 ? samples.removeFirst() : nil
    samples += [Float](repeating: 0, count: length - crop.validCount)
    return CropSamples(
      crop: crop, samples: samples, previous: previous,
      companion: try companion?.values(beside: crop, length: length) ?? [])
  }
}
