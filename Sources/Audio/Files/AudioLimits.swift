/// What a sound file may claim and still be believed.
enum AudioLimits {
  /// Sample rates in Hz.
  static let sampleRates = 1_000...1_000_000
  /// Numbers of channels.
  static let channels = 1...256
  /// Samples of one channel: over any recording (two years at 16 kHz), far under overflow at any rate they are converted to.
  static let frames = 0...(1 << 40)
  /// Samples of one channel of all recordings of a corpus.
  static let corpusFrames = 1 << 44

  /// Throws unless the fields of a header are within the limits.
  static func check(path: String, sampleRate: Int, channels: Int) throws {
    if let (field, problem) = problem(sampleRate: sampleRate, channels: channels) {
      throw AudioFault.malformed(path: path, field: field, problem: problem)
    }
  }

  /// The field that is outside the limits, and what is wrong with it.
  static func problem(sampleRate: Int, channels: Int) -> (field: String, problem: String)? {
    if !Self.channels.contains(channels) { return ("channels", "\(channels), not 1 to 256") }
    if !sampleRates.contains(sampleRate) { return ("sample rate", "\(sampleRate) Hz, not 1,000 to 1,000,000 Hz") }
    return nil
  }
}
