import KodamaAudio
import KodamaWaveNets

/// The end of a recording for a model to go on from: as many samples as matter to what it gives next, read with memory that
/// is bounded whatever the recording's length.
public struct PrimeRecording: Sendable {
  /// The last samples at the model's rate, mono; all of them where there are fewer than the model sees.
  ///
  /// Where a long recording has another rate they are those of the whole recording's conversion but for rounding.
  public let samples: [Float]
  /// The recording's own rate, in Hz.
  public let sampleRate: Int
  /// What was odd about the file.
  public let warnings: [AudioWarning]
  /// Whether every sample is zero, so that the model goes on as from silence.
  public var isDigitalSilence: Bool { samples.allSatisfy { $0 == 0 } }

  /// Samples at the lower of two rates that a conversion is given before those that count: several times the resampler's
  /// filter, so that beginning late is not heard.
  private static let margin = 4096

  /// Reads the end of a file.
  ///
  /// - Parameter channel: how it is mixed down.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.noSamples` where there are none.
  public init(_ path: String, channel: ChannelChoice = .mix, for model: WaveNetModel) throws {
    try self.init(
      path, wanted: model.configuration.heardSamples, sampleRate: model.sampleRate, channel: channel)
  }

  /// Reads the end of a file.
  ///
  /// - Parameter channel: how it is mixed down.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.noSamples` where there are none.
  public init(_ path: String, channel: ChannelChoice = .mix, for model: InferenceModel) throws {
    try self.init(
      path, wanted: model.configuration.heardSamples, sampleRate: model.sampleRate, channel: channel)
  }

  init(_ path: String, wanted: Int, sampleRate rate: Int, channel: ChannelChoice = .mix) throws {
    var file = try AudioFile(path)
    try channel.check(file)
    var cancellation = Cancellation(channels: file.channels)
    sampleRate = file.sampleRate
    let end = Self.end(wanted: wanted, from: file.sampleRate, to: rate)
    var samples: [Float]?
    if let claimed = file.claimedFrames, file.warnings.isEmpty, claimed > end.length {
      samples = try? end.read(file, channel, from: (claimed - end.length) / end.unit * end.unit, &cancellation)
      // A file that does not keep what it claims is gone through from its beginning.
      if file.position != claimed { samples = nil }
      if samples == nil {
        file = try AudioFile(path)
        cancellation = Cancellation(channels: file.channels)
      }
    }
    let last = try samples ?? end.read(file, channel, from: 0, &cancellation)
    if last.isEmpty { throw AudioFault.noSamples(path: path) }
    let converted = file.sampleRate == rate ? last : Resampler.convert(last, from: file.sampleRate, to: rate)
    self.samples = Array(converted.suffix(wanted))
    warnings = file.warnings + (channel == .mix ? cancellation.warning.map { [$0] } ?? [] : [])
  }

  private static func end(wanted: Int, from rate: Int, to modelRate: Int) -> End {
    if rate == modelRate { return End(length: wanted, unit: 1) }
    var (unit, rest) = (rate, modelRate)
    while rest != 0 { (unit, rest) = (rest, unit % rest) }
    let length = Double(wanted) * Double(rate) / Double(modelRate)
    let lead = Double(margin) * max(1, Double(rate) / Double(modelRate))
    // Samples of the two rates meet every `rate / divisor` samples; from there on a conversion has the same phase.
    return End(length: Int(length + lead) + 1, unit: rate / unit)
  }
}

extension WaveNetConfiguration {
  /// The samples of a recording that what follows depends on: those of the receptive field, and with pre-emphasis the one
  /// before them.
  fileprivate var heardSamples: Int { receptiveField + (preemphasis == 0 ? 0 : 1) }
}

/// How much of a file's end is kept.
private struct End {
  /// The least number of samples.
  let length: Int
  /// What is left out before them is a multiple of this many samples.
  let unit: Int

  /// Reads from a frame on and keeps the end of one channel.
  func read(
    _ file: AudioFile, _ channel: ChannelChoice, from start: Int, _ cancellation: inout Cancellation
  ) throws -> [Float] {
    try file.seek(to: start)
    let frames = max(1, 65_536 / file.channels)
    var samples: [Float] = []
    while true {
      let block = try file.read(frames: frames)
      let mono = channel.mono(block, channels: file.channels)
      if channel == .mix { cancellation.add(block, mix: mono) }
      samples += mono
      let surplus = (samples.count - length) / unit * unit
      // Moving the samples to the front is worth it only now and then.
      if surplus > 0 && (block.isEmpty || surplus > length + frames) { samples.removeFirst(surplus) }
      if block.isEmpty { return samples }
    }
  }
}
