import KodamaCore

/// Measurements of a recording, accumulated block by block.
///
/// Everything is measured after the downmix, on the input of a model.
///
/// - Peak: the largest magnitude of a sample.
/// - Clipped: samples with a magnitude of at least 32,767/32,768.
/// - Silence share: the share of consecutive 20 ms windows whose mean square is at most the silence threshold, −60 dBFS
///   by default; the last window is weighted by its length.
struct SoundMeasure {
  private let channels: Int
  private let channel: ChannelChoice
  private let silentMeanSquare: Float
  private var cancellation: Cancellation
  private let windowFrames: Int
  private(set) var frames = 0
  private(set) var peak: Float = 0
  private(set) var clippedSamples = 0
  private var silentFrames = 0
  private var windowEnergy: Float = 0
  private var windowFill = 0
  private var hash = StableHash.State()

  private static let clippingMagnitude: Float = 32_767 / 32_768

  init(sampleRate: Int, channels: Int, options: RecordingOptions) {
    self.channels = channels
    channel = options.channel
    silentMeanSquare = options.silentMeanSquare
    cancellation = Cancellation(channels: channels)
    windowFrames = max(1, sampleRate / 50)
    hash.combine(UInt64(sampleRate))
    hash.combine(UInt64(channels))
  }

  /// Adds the next interleaved samples.
  mutating func add(_ block: [Float]) {
    hash.combine(block)
    let mono = channel.mono(block, channels: channels)
    if channel == .mix { cancellation.add(block, mix: mono) }
    var index = 0
    while index < mono.count {
      let take = min(windowFrames - windowFill, mono.count - index)
      for sample in mono[index..<index + take] {
        let magnitude = abs(sample)
        windowEnergy += magnitude * magnitude
        if magnitude > peak { peak = magnitude }
        if magnitude >= Self.clippingMagnitude { clippedSamples += 1 }
      }
      index += take
      windowFill += take
      frames += take
      if windowFill == windowFrames { closeWindow() }
    }
  }

  /// Counts the last window and returns the share of silence, 0 to 1; 1 for an empty file.
  mutating func finishSilenceShare() -> Double {
    closeWindow()
    return frames == 0 ? 1 : Double(silentFrames) / Double(frames)
  }

  /// Warnings about the sound.
  var warnings: [AudioWarning] { cancellation.warning.map { [$0] } ?? [] }

  /// The hash of all samples of all channels, their rate and the number of channels.
  var contentHash: StableHash { hash.hash }

  private mutating func closeWindow() {
    if windowEnergy <= silentMeanSquare * Float(windowFill) { silentFrames += windowFill }
    windowEnergy = 0
    windowFill = 0
  }
}
