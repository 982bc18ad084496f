/// The fundamental frequency of one channel over time.
///
/// Frame t is centred on sample t · hopLength.
public struct PitchTrack: Sendable, Equatable {
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// Samples from one frame to the next.
  public let hopLength: Int
  /// The fundamental frequency of every frame, in Hz; where a frame is not voiced, what it would be if it were.
  public let frequencies: [Double]
  /// Whether each frame is voiced: whether it has a fundamental frequency.
  public let isVoiced: [Bool]

  /// - Precondition: a positive rate and hop; as many frequencies as decisions.
  public init(frequencies: [Double], isVoiced: [Bool], hopLength: Int, sampleRate: Int) {
    precondition(hopLength > 0 && sampleRate > 0, "a hop of \(hopLength) samples at \(sampleRate) Hz")
    precondition(
      frequencies.count == isVoiced.count, "\(frequencies.count) frequencies and \(isVoiced.count) decisions")
    self.frequencies = frequencies
    self.isVoiced = isVoiced
    self.hopLength = hopLength
    self.sampleRate = sampleRate
  }

  /// The number of frames.
  public var frames: Int { frequencies.count }
  /// The middle of every frame, in seconds.
  public var times: [Double] { (0..<frames).map { Double($0 * hopLength) / Double(sampleRate) } }
}
