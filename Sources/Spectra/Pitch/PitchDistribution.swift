import KodamaCore

/// The distances of the pitches of two sounds or of two sets, by pYIN: how much of each is voiced, and where.
public enum PitchDistribution: SetMeasurement {
  /// The metric `voiced-difference`.
  public static let voicedDifference = Metric(
    name: "voiced-difference", title: "difference of shares of voiced frames", unit: "%", direction: .lowerIsBetter,
    scope: .sets,
    definition: "|100 (voiced frames) / frames - that of the reference|; " + PYIN.conventions, source: PYIN.source)
  /// The metric `pitch-difference`.
  public static let difference = Metric(
    name: "pitch-difference", title: "difference of mean pitches", unit: "cents", direction: .lowerIsBetter,
    scope: .sets,
    definition: "|mean over voiced frames of 1200 log2(f0) - that of the reference|, in steps of 10 cents; "
      + PYIN.conventions, source: PYIN.source)
  /// The metric `pitch-wasserstein`.
  public static let distance = Metric(
    name: "pitch-wasserstein", title: "distance of distributions of pitch", unit: "cents", direction: .lowerIsBetter,
    scope: .sets,
    definition: "Wasserstein-1 between the values 1200 log2(f0) of the voiced frames of two sets, in steps of 10 "
      + "cents; " + PYIN.conventions,
    source: PYIN.source + "; scipy's wasserstein_distance")
  static let metrics = [voicedDifference, difference, distance]

  /// The pitches of a set; nil where the rate is too low.
  static func summary(of source: any SampleSource, workers: Workers) throws -> PitchCounts? {
    try Tuning.summary(of: source, workers: workers)
  }

  static func add(_ other: PitchCounts?, to summary: inout PitchCounts?) { Tuning.add(other, to: &summary) }

  static func compare(reference: PitchCounts?, generated: PitchCounts?) -> [Score] {
    guard let reference, let generated else {
      return Array(repeating: .undefined(reason: Tuning.needsHigherRate), count: metrics.count)
    }
    for counts in [reference, generated] where counts.voiced + counts.unvoiced == 0 {
      return Array(repeating: .noSamples, count: metrics.count)
    }
    let shares = [reference, generated].map { 100 * Double($0.voiced) / Double($0.voiced + $0.unvoiced) }
    let voicing = Score.value(abs(shares[1] - shares[0]))
    for (side, counts) in [("the reference", reference), ("the generated sound", generated)] where counts.voiced == 0 {
      let absence = Score.undefined(reason: "no frame of \(side) is voiced")
      return [voicing, absence, absence]
    }
    return [
      voicing, .value(abs(generated.meanCents - reference.meanCents)),
      .value(reference.distanceInCents(to: generated)),
    ]
  }
}

extension PitchCounts {
  /// Cents from one step to the next.
  private static let step = 10.0

  /// The mean pitch of the voiced frames, in cents above the lowest.
  ///
  /// - Precondition: there are voiced frames.
  var meanCents: Double {
    precondition(voiced > 0, "the mean pitch of no voiced frames")
    return Self.step * counts.enumerated().reduce(0) { $0 + Double($1.offset * $1.element) } / Double(voiced)
  }

  /// The Wasserstein-1 distance of the pitches of the voiced frames, in cents.
  ///
  /// - Precondition: there are voiced frames, and one sample rate.
  func distanceInCents(to other: PitchCounts) -> Double {
    precondition(voiced > 0 && other.voiced > 0, "the distance of no pitches")
    precondition(sampleRate == other.sampleRate, "pitches at \(sampleRate) and \(other.sampleRate) Hz")
    var (below, otherBelow, sum) = (0, 0, 0.0)
    for bin in counts.indices {
      below += counts[bin]
      otherBelow += other.counts[bin]
      sum += abs(Double(below) / Double(voiced) - Double(otherBelow) / Double(other.voiced))
    }
    return Self.step * sum
  }
}
