import KodamaCore

/// What is measured of a recording as it streams by.
///
/// - Peak: the largest magnitude of a sample.
/// - Clipped: samples with a magnitude of at least 32,767/32,768.
/// - Silence share: the share of windows of 20 ms, side by side, whose mean square over all channels is at most −60 dB
///   of full scale; the last window counts by its length.
struct SoundMeasure {
  private let channels: Int
  private let windowFrames: Int
  private(set) var frames = 0
  private(set) var peak: Float = 0
  private(set) var clippedSamples = 0
  private var silentFrames = 0
  private var windowEnergy: Float = 0
  private var windowFill = 0
  private var hash = StableHash.State()

  /// The mean square of −60 dB of full scale.
  private static let silentMeanSquare: Float = 1e-6
  private static let clippingMagnitude: Float = 32_767 / 32_768

  init(sampleRate: Int, channels: Int) {
    self.channels = channels
    windowFrames = max(1, sampleRate / 50)
    hash.combine(UInt64(sampleRate))
    hash.combine(UInt64(channels))
  }

  /// Takes the next interleaved samples.
  mutating func add(_ block: [Float]) {
    hash.combine(block)
    var index = 0
    while index < block.count {
      let take = min(windowFrames - windowFill, (block.count - index) / channels)
      for i in index..<index + take * channels {
        let magnitude = abs(block[i])
        windowEnergy += magnitude * magnitude
        if magnitude > peak { peak = magnitude }
        if magnitude >= Self.clippingMagnitude { clippedSamples += 1 }
      }
      index += take * channels
      windowFill += take
      frames += take
      if windowFill == windowFrames { closeWindow() }
    }
  }

  /// Counts the last window and returns the share of silence, 0 to 1; 1 where there is no sound at all.
  mutating func finishSilenceShare() -> Double {
    closeWindow()
    return frames == 0 ? 1 : Double(silentFrames) / Double(frames)
  }

  /// The hash of all samples, their rate and the number of channels.
  var contentHash: StableHash { hash.hash }

  private mutating func closeWindow() {
    if windowEnergy <= Self.silentMeanSquare * Float(windowFill * channels) { silentFrames += windowFill }
    windowEnergy = 0
    windowFill = 0
  }
}
