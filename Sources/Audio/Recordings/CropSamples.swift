/// A crop and its sound.
public struct CropSamples: Sendable, Equatable {
  /// Where it is from.
  public let crop: Crop
  /// As many samples as the crop's length; after `crop.validCount` zeros, which are no part of a loss.
  public let samples: [Float]
  /// The sample before the first; nil at the beginning of a recording, where silence comes before.
  public let previous: Float?
}

extension Recordings {
  /// Reads a crop of `length` samples.
  ///
  /// - Throws: as `read`.
  public func read(_ crop: Crop, length: Int) throws -> CropSamples {
    let before = crop.start > 0 ? 1 : 0
    var samples = try read(crop.recording, crop.start - before..<crop.start + crop.validCount)
    let previous = before == 1 ? samples.removeFirst() : nil
    samples += [Float](repeating: 0, count: length - crop.validCount)
    return CropSamples(crop: crop, samples: samples, previous: previous)
  }
}
