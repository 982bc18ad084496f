import KodamaAudio
import KodamaCore

/// Two recordings of one signal: before a box, and after it.
public struct RecordingPair: Sendable, Equatable {
  /// One channel of a recording.
  public struct Recording: Sendable, Equatable {
    /// The path of the file, or a name.
    public let path: String
    /// The samples, full scale ±1.
    public let samples: [Float]

    /// A recording in memory.
    public init(path: String, samples: [Float]) { (self.path, self.samples) = (path, samples) }
  }

  /// What went into the box.
  public let dry: Recording
  /// What came out.
  public let wet: Recording
  /// Samples per second of both, in Hz.
  public let sampleRate: Int

  /// Two recordings in memory.
  ///
  /// - Precondition: a positive sample rate.
  public init(dry: Recording, wet: Recording, sampleRate: Int) {
    precondition(sampleRate > 0, "the sample rate of a pair must be positive, not \(sampleRate) Hz")
    (self.dry, self.wet, self.sampleRate) = (dry, wet, sampleRate)
  }

  /// Reads two files.
  ///
  /// - Parameters:
  ///   - channel: the channel of files that have several; nil where they must have one.
  ///   - onWarning: called with the path and each warning about a file.
  /// - Throws: `PairFault.differentRates`, `.severalChannels`; `AudioFault`, such as `.notFinite` and `.noSamples`;
  ///   `FileFault.cannotRead`.
  public init(
    dry: String, wet: String, channel: ChannelChoice? = nil,
    onWarning: (_ path: String, AudioWarning) -> Void = { _, _ in }
  ) throws {
    let files = try [dry, wet].map { try AudioFile($0) }
    if files[0].sampleRate != files[1].sampleRate {
      throw PairFault.differentRates(
        dry: dry, dryRate: files[0].sampleRate, wet: wet, wetRate: files[1].sampleRate)
    }
    for file in files {
      if let channel { try channel.check(file) }
      if channel == nil && file.channels > 1 {
        throw PairFault.severalChannels(path: file.path, channels: file.channels)
      }
    }
    let recordings = try files.map { file in
      var samples: [Float] = []
      while true {
        let block = try file.read(frames: 65_536)
        if block.isEmpty { break }
        samples += (channel ?? .mix).mono(block, channels: file.channels)
      }
      for warning in file.warnings { onWarning(file.path, warning) }
      if samples.isEmpty { throw AudioFault.noSamples(path: file.path) }
      return Recording(path: file.path, samples: samples)
    }
    self.init(dry: recordings[0], wet: recordings[1], sampleRate: files[0].sampleRate)
  }

  /// A number of samples in seconds.
  func seconds(_ samples: Int) -> Double { Double(samples) / Double(sampleRate) }
}

/// The limits within which a pair of recordings is fit for training.
public struct PairLimits: Sendable, Hashable, Codable {
  /// The least length of a recording in seconds.
  public var shortest = 10.0
  /// The largest latency in seconds, in either direction.
  public var longestLatency = 1.0
  /// How long the wet recording may end before the dry one, in seconds.
  public var longestMissing = 2.0
  /// The peak in dB of full scale below which a recording is silent.
  public var silence = -60.0
  /// The least coherence of both, 0 to 1.
  public var coherence = 0.12
  /// The largest change of the latency in samples.
  public var drift = 4
  /// The places of a dry recording with samples at full scale that are a remark: more are a fault. In the wet recording
  /// one is.
  public var dryClippedPlaces = 20

  /// The standard limits.
  public init() {}
}
