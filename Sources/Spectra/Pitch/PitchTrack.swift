import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The fundamental frequency of one channel over time.
///
/// Frame t is centered on sample t · hopLength.
public struct PitchTrack: Sendable, Equatable {
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// Samples from one frame to the next.
  public let hopLength: Int
  /// The fundamental frequency of every frame, in Hz; for an unvoiced frame, the frequency that it would have if it
  /// were voiced.
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
  /// The center of every frame, in seconds.
  public var times: [Double] { (0..<frames).map { Double($0 * hopLength) / Double(sampleRate) } }
}

/// The agreement of pitch tracks with those of their references, frame by frame.
public struct PitchAgreement: Sendable, Equatable {
  /// The number of compared pairs of frames.
  public private(set) var frames = 0
  /// The number of pairs with at least one voiced frame.
  public private(set) var voicedInEither = 0
  /// The number of pairs with two voiced frames.
  public private(set) var voicedInBoth = 0
  /// Σ (1200 log₂(generated / reference))² over pairs with two voiced frames.
  public private(set) var squaredCents = 0.0

  /// An empty comparison.
  public init() {}

  /// Compares each frame with the one of the same number.
  ///
  /// - Precondition: tracks of one length.
  public mutating func add(reference: PitchTrack, generated: PitchTrack) {
    precondition(
      reference.frames == generated.frames, "tracks of \(reference.frames) and \(generated.frames) frames")
    for frame in 0..<reference.frames { add(reference, frame, generated, frame) }
  }

  /// Compares the pairs of frames on a path, such as that of dynamic time warping: each pair contains the indices of a
  /// frame of the reference and one of the generated sound.
  ///
  /// - Precondition: the path is within both tracks.
  public mutating func add(reference: PitchTrack, generated: PitchTrack, along path: [(Int, Int)]) {
    for (first, second) in path { add(reference, first, generated, second) }
  }

  /// The root mean square of pitch differences over pairs of frames that are both voiced, in cents.
  public var rootMeanSquareCents: Score {
    if frames == 0 { return .noSamples }
    if voicedInBoth == 0 { return .undefined(reason: "no frame is voiced in both sounds") }
    return .value((squaredCents / Double(voicedInBoth)).squareRoot())
  }

  /// The share of pairs with one voiced and one unvoiced frame, in percent.
  public var voicingErrorPercent: Score {
    if frames == 0 { return .noSamples }
    if voicedInEither == 0 { return .undefined(reason: "no frame is voiced in either sound") }
    return .value(100 * Double(voicedInEither - voicedInBoth) / Double(frames))
  }

  private mutating func add(_ reference: PitchTrack, _ first: Int, _ generated: PitchTrack, _ second: Int) {
    frames += 1
    switch (reference.isVoiced[first], generated.isVoiced[second]) {
    case (false, false): break
    case (true, false), (false, true): voicedInEither += 1
    case (true, true):
      voicedInEither += 1
      voicedInBoth += 1
      let cents = 1200 * log2(generated.frequencies[second] / reference.frequencies[first])
      squaredCents += cents * cents
    }
  }
}
