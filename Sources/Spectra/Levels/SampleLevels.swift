import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Levels of the samples of one sound: its peak, its offset, and the shares that are clipped or silent.
///
/// - peak: 20 log₁₀ max|x| over all channels, dBFS.
/// - offset (DC): |mean x|, mean over channels, in percent of full scale.
/// - clipping: the share of samples, in percent, in runs of at least three samples of one channel and one sign with
///   |x| ≥ 1 − 2⁻¹⁵, the largest value of 16 bits.
/// - silence: the share in percent of frames of 20 ms, one after the other (the last may be shorter), whose RMS is
///   below −60 dBFS (√(mean x²) < 0.001). Frames of all channels have equal weight.
public struct SampleLevels: Sendable, Equatable {
  /// Samples of one channel.
  public let frames: Int
  private let channels: [ChannelLevels]

  /// Reads a sound once, in blocks.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public init(of sound: any SampleSource) throws {
    frames = sound.frames
    let frameLength = max(1, (sound.sampleRate + 25) / 50)
    var channels = [ChannelLevels](repeating: ChannelLevels(frameLength: frameLength), count: sound.channelCount)
    try sound.forEachBlock { block in
      for (channel, samples) in block.enumerated() { channels[channel].add(samples) }
    }
    for channel in channels.indices { channels[channel].finish() }
    self.channels = channels
  }

  /// dBFS; undefined for silence.
  public var peak: Score {
    if frames == 0 { return .noSamples }
    let largest = channels.reduce(Float(0)) { max($0, $1.largest) }
    return largest == 0 ? .silent : .value(20 * log10(Double(largest)))
  }

  /// Percent of full scale.
  public var offset: Score {
    mean { abs($0.sum) / Double(frames) }
  }

  /// Percent of samples.
  public var clipping: Score {
    mean { Double($0.clipped) / Double(frames) }
  }

  /// Percent of 20-ms frames.
  public var silence: Score {
    mean { Double($0.silentFrames) / Double($0.frames) }
  }

  private func mean(_ share: (ChannelLevels) -> Double) -> Score {
    if frames == 0 { return .noSamples }
    return .value(100 * channels.reduce(0) { $0 + share($1) } / Double(channels.count))
  }
}

/// The levels of one channel, block after block.
private struct ChannelLevels: Sendable, Equatable {
  let frameLength: Int
  private(set) var largest: Float = 0
  private(set) var sum = 0.0
  private(set) var clipped = 0
  private(set) var frames = 0
  private(set) var silentFrames = 0
  /// Σ x² of the current frame, and its number of samples so far.
  private var (power, samplesInFrame) = (0.0, 0)
  /// The length of the current run at full scale: positive, or negative below zero.
  private var run = 0

  /// The largest 16-bit sample.
  private static let fullScale: Float = 1 - 0x1p-15
  private static let shortestRun = 3
  private static let silentPower = 1e-6

  init(frameLength: Int) { self.frameLength = frameLength }

  mutating func add(_ samples: [Float]) {
    samples.withUnsafeBufferPointer { samples in
      for sample in samples {
        largest = max(largest, abs(sample))
        sum += Double(sample)
      }
      // Runs at full scale are rare: skip blocks that do not reach it.
      if largest >= Self.fullScale { for sample in samples { count(sample) } }
      var start = 0
      while start < samples.count {
        let end = min(samples.count, start + frameLength - samplesInFrame)
        var squares = 0.0
        for index in start..<end { squares += Double(samples[index]) * Double(samples[index]) }
        power += squares
        samplesInFrame += end - start
        if samplesInFrame == frameLength { endFrame() }
        start = end
      }
    }
  }

  mutating func finish() {
    endRun()
    if samplesInFrame > 0 { endFrame() }
  }

  private mutating func count(_ sample: Float) {
    let sign = sample >= Self.fullScale ? 1 : sample <= -Self.fullScale ? -1 : 0
    if sign != run.signum() { endRun() }
    run += sign
  }

  private mutating func endRun() {
    if abs(run) >= Self.shortestRun { clipped += abs(run) }
    run = 0
  }

  private mutating func endFrame() {
    frames += 1
    if power < Self.silentPower * Double(samplesInFrame) { silentFrames += 1 }
    (power, samplesInFrame) = (0, 0)
  }
}

/// The metrics of `SampleLevels`.
public enum LevelMetrics: SoundMeasurement {
  /// The metric `peak`.
  public static let peak = Metric(
    name: "peak", title: "sample peak", unit: "dBFS", direction: .neither, scope: .sounds,
    definition: "20 log10 max |x| of the generated sound, over all channels", source: "AES17: full scale is 1")
  /// The metric `dc`.
  public static let offset = Metric(
    name: "dc", title: "offset from zero", unit: "%", direction: .lowerIsBetter, scope: .sounds,
    definition: "100 |mean x| of the generated sound, of full scale; mean over channels", source: "definition")
  /// The metric `clipping`.
  public static let clipping = Metric(
    name: "clipping", title: "clipped samples", unit: "%", direction: .lowerIsBetter, scope: .sounds,
    definition:
      "100 (samples in runs of at least 3 of one sign with |x| >= 1 - 2^-15) / samples of the generated sound; "
      + "mean over channels",
    source: "definition")
  /// The metric `silence`.
  public static let silence = Metric(
    name: "silence", title: "share of silence", unit: "%", direction: .neither, scope: .sounds,
    definition: "100 (frames of 20 ms with RMS below 0.001, -60 dBFS) / frames of the generated sound; no overlap, the "
      + "last frame may be shorter; mean over channels",
    source: "definition")
  static let metrics = [peak, offset, clipping, silence]

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    let levels = try SampleLevels(of: sound)
    return [levels.peak, levels.offset, levels.clipping, levels.silence]
  }
}
