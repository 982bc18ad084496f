import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

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

/// The share of a sound that is voiced, by pYIN.
public enum VoicedShare: SoundMeasurement {
  /// The metric `voiced-share`.
  public static let metric = Metric(
    name: "voiced-share", title: "share of voiced frames", unit: "%", direction: .neither, scope: .sounds,
    definition: "100 (voiced frames) / frames, of all channels; " + PYIN.conventions, source: PYIN.source)
  static let metrics = [metric]

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    if sound.frames == 0 { return [.noSamples] }
    if sound.sampleRate < YIN.lowestSampleRate {
      return [.undefined(reason: YIN.needsHigherRate(than: sound.sampleRate))]
    }
    let voicing = try PYIN(sampleRate: sound.sampleRate).tracks(of: sound, workers: workers).flatMap(\.isVoiced)
    return [.value(100 * Double(voicing.count { $0 }) / Double(voicing.count))]
  }
}
