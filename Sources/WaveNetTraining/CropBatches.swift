import KodamaAudio
import KodamaTraining

/// Batches of crops of recordings, which are read ahead in their order.
public final class CropBatches: ExampleSource {
  private let recordings: Recordings
  private let sampler: CropSampler
  private let companion: (any CropFeatures)?
  private var prefetch: CropPrefetch?
  /// The number of the crop that comes next from `prefetch`.
  private var next = 0

  /// Crops in the sampler's order.
  ///
  /// - Parameter companion: finds what goes with the crops.
  public init(_ recordings: Recordings, sampler: CropSampler, companion: (any CropFeatures)? = nil) {
    self.recordings = recordings
    self.sampler = sampler
    self.companion = companion
  }

  public var examplesPerEpoch: Int { sampler.cropsPerEpoch }

  /// - Throws: `AudioFault`, `FileFault`, and what the companion throws.
  public func batch(_ numbers: Range<Int>) throws -> [CropSamples] {
    let crops: CropPrefetch
    if let prefetch, next == numbers.lowerBound {
      crops = prefetch
    } else {
      crops = CropPrefetch(recordings, sampler: sampler, features: companion, first: numbers.lowerBound)
    }
    // After an error the crops are read anew.
    prefetch = nil
    let batch = try numbers.map { _ in try crops.next() }
    (prefetch, next) = (crops, numbers.upperBound)
    return batch
  }
}
