import KodamaCore
import KodamaSpectra

/// The features of windows of sound, which are the maps that a network takes: [frames, bands].
package struct FeatureMap: Sendable {
  private let logMel: LogMel
  private let window: Int
  private let frames: Int

  /// The features of a classifier.
  ///
  /// - Throws: `SpectraFault.badConvention`.
  package init(_ configuration: ClassifierConfiguration) throws {
    logMel = try LogMel(configuration.features)
    (window, frames) = (configuration.windowSamples, configuration.windowFrames)
  }

  /// The number of values of a map.
  package var count: Int { frames * logMel.convention.bands }

  /// The map of a window, [frames, bands].
  ///
  /// - Parameters:
  ///   - samples: at most as many as a window has, at the model's rate.
  ///   - offset: the silence before them, in samples; after them is silence too.
  /// - Throws: `SpectraFault.notFinite`.
  package func map(_ samples: [Float], offset: Int) throws -> [Float] {
    precondition(offset >= 0 && offset + samples.count <= window, "\(samples.count) samples at \(offset) of \(window)")
    var padded = samples
    if samples.count != window {
      padded =
        [Float](repeating: 0, count: offset) + samples
        + [Float](repeating: 0, count: window - offset - samples.count)
    }
    return try logMel(padded, workers: .serial).values
  }

  /// Writes the map of a window into memory, as `map(_:offset:)` returns it.
  ///
  /// - Throws: `SpectraFault.notFinite`.
  package func write(
    _ samples: [Float], offset: Int, to target: UnsafeMutableBufferPointer<Float>
  ) throws {
    precondition(target.count == count, "a map of \(count) values does not fit \(target.count)")
    _ = target.update(fromContentsOf: try map(samples, offset: offset))
  }
}

/// The windows of a sound: one where it is at most as long as a window, else windows that begin every half window, the
/// last one at the end of the sound.
package enum SoundWindows {
  /// The ranges of samples.
  package static func ranges(ofLength count: Int, window: Int) -> [Range<Int>] {
    if count <= window { return [0..<count] }
    let hop = max(1, window / 2)
    let starts = Array(stride(from: 0, through: count - window, by: hop))
    let last = count - window
    return (starts.last == last ? starts : starts + [last]).map { $0..<$0 + window }
  }
}
