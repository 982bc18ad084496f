import KodamaAmplifiers
import KodamaAudio
import KodamaCore

/// Processes a recording by a model of an amplifier: `kodama process`.
public struct ProcessingJob: Sendable {
  /// How a recording is processed.
  public struct Settings: Sendable, Equatable {
    /// The size of the network, from 0 to 1, of a model of several sizes.
    public var size = 1.0
    /// Frames of a call, as a player makes them. The result does not depend on it.
    public var block = 64
    /// The channel that is processed; nil for each by itself.
    public var channel: ChannelChoice?
    /// The gain of the input in dB.
    public var inputGain = 0.0
    /// The gain of the processed sound in dB.
    public var outputGain = 0.0
    /// The share of the processed sound in the output, from 0, the input, to 1.
    public var mix = 1.0
    /// Whether the processed sound is brought to a loudness of −18 dB by the model's own, as players do.
    public var normalizesLoudness = false
    /// Whether a recording of another sample rate is converted to the model's and back.
    public var resamples = false

    /// Settings that change nothing but by the model.
    public init() {}
  }

  /// What was processed. Keys as in JSON.
  public struct Result: Sendable, Equatable, Encodable {
    /// The sample rate of the output, in Hz.
    public let sampleRate: Int
    /// The sample rate of the model, in Hz.
    public let modelSampleRate: Double
    /// Channels of the output.
    public let channels: Int
    /// Frames of the output.
    public let frames: Int
    /// The largest magnitude of the output; full scale is 1.
    public let peak: Float
    /// Samples beyond full scale, which files of integers clip.
    public let samplesBeyondFullScale: Int
    /// The length of the sound through the time that the model took.
    public let realTimeFactor: Double
  }

  /// The loudness in dB that players bring models to.
  public static let targetLoudness = -18.0

  private let model: AmplifierModel
  private let settings: Settings
  private let modelPath: String
  /// In dB; nil where it is unknown.
  private let loudness: Double?

  /// - Parameter path: the model's file, for messages.
  /// - Throws: `ProcessingFault.unknownLoudness`.
  public init(_ model: AmplifierModel, path: String, settings: Settings = Settings()) throws {
    precondition(settings.block > 0, "a block has at least one frame")
    (self.model, self.settings, modelPath) = (model, settings, path)
    // A file of several models may give the loudness of each.
    loudness = model.metadata.loudness ?? model.sized(settings.size).metadata.loudness
    if settings.normalizesLoudness && loudness == nil { throw ProcessingFault.unknownLoudness(model: path) }
  }

  /// Processes a file into another.
  ///
  /// - Parameters:
  ///   - input: the file; `-` for standard input.
  ///   - output: makes the writer for a sample rate and a number of channels.
  ///   - progress: called with the share that is done.
  ///   - shouldStop: called between blocks; true ends early and keeps what is done.
  /// - Throws: `ProcessingFault`, `AudioFault`, `FileFault`.
  public func run(
    _ input: String, to output: (_ sampleRate: Int, _ channels: Int) throws -> AudioWriter,
    progress: (Double) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> Result {
    let spool = try input == "-" ? StandardInputFile.read() : nil
    let name = input == "-" ? StandardInputFile.name : input
    let file = try AudioFile(spool?.path ?? input, as: name)
    let lanes = try lanes(of: file, name: name)
    let writer = try output(file.sampleRate, lanes.count * model.architecture.outputChannels)
    var (peak, beyond, time): (Float, Int, Duration) = (0, 0, .zero)
    func write(_ blocks: [[Float]]) throws {
      let interleaved = Self.interleaved(blocks)
      for sample in interleaved {
        peak = max(peak, abs(sample))
        if abs(sample) > 1 { beyond += 1 }
      }
      try writer.write(interleaved)
    }
    let frames = max(1, 1 << 16 / file.channels)
    while !shouldStop() {
      let block = try file.read(frames: frames)
      let clock = ContinuousClock.now
      let blocks = lanes.flatMap { block.isEmpty ? $0.finish() : $0.process(block, channels: file.channels) }
      time += ContinuousClock.now - clock
      try write(blocks)
      if block.isEmpty { break }
      if let total = file.claimedFrames { progress(Double(file.position) / Double(max(1, total))) }
    }
    if writer.frames > 0 || !shouldStop() { try writer.finish() }
    let seconds = Double(writer.frames) / Double(file.sampleRate)
    return Result(
      sampleRate: file.sampleRate, modelSampleRate: model.effectiveSampleRate, channels: writer.channels,
      frames: writer.frames, peak: peak, samplesBeyondFullScale: beyond,
      realTimeFactor: seconds / max(1e-9, time.inSeconds))
  }

  /// What processes each channel.
  private func lanes(of file: AudioFile, name: String) throws -> [ProcessingLane] {
    let rate = model.effectiveSampleRate
    let gain =
      settings.outputGain + (settings.normalizesLoudness ? Self.targetLoudness - (loudness ?? Self.targetLoudness) : 0)
    let isOther = Double(file.sampleRate) != rate
    if isOther && !settings.resamples {
      throw ProcessingFault.sampleRatesDiffer(
        recording: name, rate: file.sampleRate, model: modelPath, modelRate: rate)
    }
    if isOther && rate != rate.rounded() { throw ProcessingFault.oddSampleRate(model: modelPath, rate: rate) }
    let inputs = model.architecture.inputChannels
    let choices: [[ChannelChoice]]
    if inputs > 1 {
      if file.channels != inputs {
        throw ProcessingFault.channelCountsDiffer(
          recording: name, channels: file.channels, model: modelPath, inputs: inputs)
      }
      choices = [(1...inputs).map { .channel($0) }]
    } else if let channel = settings.channel {
      try channel.check(file)
      choices = [[channel]]
    } else {
      choices = (1...file.channels).map { [.channel($0)] }
    }
    return choices.map {
      ProcessingLane(model, settings, outputGain: gain, choices: $0, rate: file.sampleRate)
    }
  }

  /// Channels of equal length as frames.
  private static func interleaved(_ channels: [[Float]]) -> [Float] {
    if channels.count == 1 { return channels[0] }
    let frames = channels[0].count
    return [Float](unsafeUninitializedCapacity: frames * channels.count) { buffer, count in
      for (index, channel) in channels.enumerated() {
        for frame in 0..<frames { buffer[frame * channels.count + index] = channel[frame] }
      }
      count = frames * channels.count
    }
  }
}
