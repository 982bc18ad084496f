import KodamaAudio
import KodamaWaveNets

/// The end of a recording that a model continues: as many samples as its next output depends on, read in bounded
/// memory.
public struct PrimeRecording: Sendable {
  /// The last samples at the model's rate, mono; all samples of a recording that is shorter than the receptive field.
  ///
  /// Where a long recording has another rate, they equal those of a conversion of the whole recording, except for
  /// rounding.
  public let samples: [Float]
  /// The recording's own rate, in Hz.
  public let sampleRate: Int
  /// Warnings about the file.
  public let warnings: [AudioWarning]
  /// Whether every sample is zero, so that the model continues as from silence.
  public var isDigitalSilence: Bool { samples.allSatisfy { $0 == 0 } }

  /// Samples at the lower of two rates that precede the wanted ones in a conversion: several times the length of the
  /// resampler's filter, so that the late start is inaudible.
  private static let margin = 4096

  /// Reads the end of a file.
  ///
  /// - Parameter channel: how it is mixed down.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.noSamples` where there are none.
  public init(_ path: String, channel: ChannelChoice = .mix, for model: WaveNetModel) throws {
    try self.init(
      path, wanted: model.configuration.contextSamples, sampleRate: model.sampleRate, channel: channel)
  }

  /// Reads the end of a file.
  ///
  /// - Parameter channel: how it is mixed down.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.noSamples` where there are none.
  public init(_ path: String, channel: ChannelChoice = .mix, for model: InferenceModel) throws {
    try self.init(
      path, wanted: model.configuration.contextSamples, sampleRate: model.sampleRate, channel: channel)
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
      // A file that does not match its header is read from its start.
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
  /// The number of samples that the next output depends on: the receptive field, and with pre-emphasis the sample
  /// before it.
  fileprivate var contextSamples: Int { receptiveField + (preemphasis == 0 ? 0 : 1) }
}

/// The part of a file's end that is kept.
private struct End {
  /// The minimum number of samples.
  let length: Int
  /// The number of skipped samples before them is a multiple of this.
  let unit: Int

  /// Reads from a frame on and keeps the end of the mixed-down channel.
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
      // The samples are moved to the front only occasionally.
      if surplus > 0 && (block.isEmpty || surplus > length + frames) { samples.removeFirst(surplus) }
      if block.isEmpty { return samples }
    }
  }
}
