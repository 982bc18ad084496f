import KodamaAmplifiers
import KodamaAudio
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

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
    if inputs > 1 {
      if file.channels != inputs {
        throw ProcessingFault.channelCountsDiffer(
          recording: name, channels: file.channels, model: modelPath, inputs: inputs)
      }
      return [
        ProcessingLane(
          model, settings, outputGain: gain, choices: (1...inputs).map { ChannelChoice.channel($0) },
          rate: file.sampleRate)
      ]
    }
    if let channel = settings.channel {
      try channel.check(file)
      return [ProcessingLane(model, settings, outputGain: gain, choices: [channel], rate: file.sampleRate)]
    }
    return (1...file.channels).map { number in
      ProcessingLane(model, settings, outputGain: gain, choices: [.channel(number)], rate: file.sampleRate)
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

/// A processor with what is around it: conversion of the rate, gains and the dry sound.
private final class ProcessingLane {
  private let processor: AmplifierProcessor
  private let choices: [ChannelChoice]
  private let toModel: [Resampler]
  private let fromModel: [Resampler]
  private let settings: ProcessingJob.Settings
  private let (inputGain, outputGain): (Float, Float)
  /// Frames of the input that have no output yet, of the first channel, for the mix.
  private var dry: [Float] = []

  init(
    _ model: AmplifierModel, _ settings: ProcessingJob.Settings, outputGain: Double, choices: [ChannelChoice], rate: Int
  ) {
    processor = AmplifierProcessor(model)
    processor.size = settings.size
    (self.choices, self.settings) = (choices, settings)
    let modelRate = Int(model.effectiveSampleRate)
    toModel = choices.map { _ in Resampler(from: rate, to: modelRate) }
    fromModel = (0..<processor.outputChannels).map { _ in Resampler(from: modelRate, to: rate) }
    (inputGain, self.outputGain) = (Self.factor(settings.inputGain), Self.factor(outputGain))
  }

  /// The factor of a gain in dB.
  private static func factor(_ gain: Double) -> Float { Float(pow(10, gain / 20)) }

  func process(_ block: [Float], channels: Int) -> [[Float]] {
    let inputs = choices.map { $0.mono(block, channels: channels) }
    if settings.mix < 1 { dry += inputs[0] }
    let converted = zip(toModel, inputs).map { resampler, input in
      resampler.process(inputGain == 1 ? input : input.map { $0 * inputGain })
    }
    return mixed(zip(fromModel, wet(converted)).map { $0.process($1) })
  }

  func finish() -> [[Float]] {
    let rest = wet(toModel.map { $0.finish() })
    var outputs = zip(fromModel, rest).map { resampler, wet in resampler.process(wet) + resampler.finish() }
    // Two conversions of the rate may round to a frame more than there was.
    if settings.mix < 1 { outputs = outputs.map { Array($0.prefix(dry.count)) } }
    return mixed(outputs)
  }

  /// Runs the model in blocks.
  private func wet(_ inputs: [[Float]]) -> [[Float]] {
    let frames = inputs[0].count
    var outputs = (0..<processor.outputChannels).map { _ in [Float](repeating: 0, count: frames) }
    for start in stride(from: 0, to: frames, by: settings.block) {
      let count = min(settings.block, frames - start)
      if inputs.count == 1 && outputs.count == 1 {
        inputs[0].withUnsafeBufferPointer { input in
          outputs[0].withUnsafeMutableBufferPointer { output in
            processor.process(input.baseAddress! + start, into: output.baseAddress! + start, frames: count)
          }
        }
        continue
      }
      let parts = processor.process(inputs.map { Array($0[start..<start + count]) })
      for (index, part) in parts.enumerated() { outputs[index].replaceSubrange(start..<start + count, with: part) }
    }
    return outputs
  }

  /// Applies the gain, and adds the dry sound.
  private func mixed(_ outputs: [[Float]]) -> [[Float]] {
    let (wet, dryShare) = (outputGain * Float(settings.mix), 1 - Float(settings.mix))
    let count = outputs[0].count
    let result = outputs.map { output in
      output.indices.map { output[$0] * wet + (dryShare > 0 && $0 < dry.count ? dry[$0] * dryShare : 0) }
    }
    if dryShare > 0 { dry.removeFirst(min(count, dry.count)) }
    return result
  }
}

/// A recording that a model cannot process as it is.
public enum ProcessingFault: Fault, Equatable {
  /// The sample rates differ.
  case sampleRatesDiffer(recording: String, rate: Int, model: String, modelRate: Double)
  /// A model's sample rate is no whole number, and a recording has another.
  case oddSampleRate(model: String, rate: Double)
  /// A model takes another number of channels.
  case channelCountsDiffer(recording: String, channels: Int, model: String, inputs: Int)
  /// A model's file does not give its loudness.
  case unknownLoudness(model: String)

  public var description: String {
    switch self {
    case .sampleRatesDiffer(let recording, let rate, let model, let modelRate):
      "\(recording) has \(rate) Hz, and \(model) is for \(NumberText.decimal(modelRate, 0)) Hz; convert the recording"
    case .oddSampleRate(let model, let rate):
      "\(model): its sample rate of \(rate) Hz is no whole number, so that nothing can be converted to it; give a recording "
        + "of that rate"
    case .channelCountsDiffer(let recording, let channels, let model, let inputs):
      "\(recording) has \(Plural.text(channels, "channel")), and \(model) takes \(inputs); give a recording with as many"
    case .unknownLoudness(let model):
      "\(model): metadata.loudness is missing, so that its loudness cannot be set; give a gain instead"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
