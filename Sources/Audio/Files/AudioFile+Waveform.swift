import KodamaSignal

extension AudioFile {
  /// Reads a whole file into memory.
  ///
  /// - Parameters:
  ///   - strict: whether a warning is treated as an error.
  ///   - onWarning: called with each warning about the file.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`.
  public static func read(
    _ path: String, strict: Bool = false, onWarning: (AudioWarning) -> Void = { _ in }
  ) throws -> Waveform {
    let file = try AudioFile(path)
    var channels = [[Float]](repeating: [], count: file.channels)
    try file.forEachBlock { block in
      for c in channels.indices {
        channels[c].append(contentsOf: stride(from: c, to: block.count, by: file.channels).lazy.map { block[$0] })
      }
    }
    if strict { try file.refuseWarnings() }
    file.warnings.forEach(onWarning)
    return Waveform(channels: channels, sampleRate: file.sampleRate)
  }

  /// Reads a whole file into memory as model input: downmixed to one channel and resampled to `sampleRate`, in Hz.
  ///
  /// - Throws: `FileFault.cannotRead`; `AudioFault`, such as `.noSamples` where the file is empty, and `.noChannel`.
  package static func readMono(
    _ path: String, sampleRate: Int, channel: ChannelChoice = .mix
  ) throws -> [Float] {
    let file = try AudioFile(path)
    try channel.check(file)
    var mono: [Float] = []
    try file.forEachBlock { mono += channel.mono($0, channels: file.channels) }
    if mono.isEmpty { throw AudioFault.noSamples(path: path) }
    return file.sampleRate == sampleRate ? mono : Resampler.convert(mono, from: file.sampleRate, to: sampleRate)
  }

  /// Reads from the current position to the end in blocks of interleaved samples.
  func forEachBlock(_ body: ([Float]) throws -> Void) throws {
    let frames = max(1, 65_536 / channels)
    while true {
      let block = try read(frames: frames)
      if block.isEmpty { return }
      try body(block)
    }
  }

  /// Throws an error for the first warning, if there is one.
  func refuseWarnings() throws {
    if let warning = warnings.first { throw AudioFault.strict(path: path, warning: warning) }
  }
}
