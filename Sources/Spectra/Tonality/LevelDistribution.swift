/// The distribution of a level in dB over the frames of a set of sounds.
struct LevelDistribution: Sendable, Equatable, Codable {
  private var histogram = LevelHistogram(bands: 1)
  private var sum = 0.0
  /// The number of frames with a level.
  private(set) var count = 0
  /// Whether the sounds have samples at all.
  private var hasSamples: Bool

  /// The distribution of a sound whose frames are still to be added.
  init(of source: any SampleSource) { hasSamples = source.frames > 0 }

  /// Adds the levels of frames.
  mutating func add(_ levels: [Double]) {
    histogram.add(levels.map(Float.init))
    sum += levels.reduce(0, +)
    count += levels.count
  }

  /// Adds the frames of other sounds.
  mutating func add(_ other: LevelDistribution) {
    histogram.add(other.histogram)
    sum += other.sum
    count += other.count
    hasSamples = hasSamples || other.hasSamples
  }

  /// The distance of the means in dB, and the Wasserstein-1 distance in dB to about 0.0005 dB.
  ///
  /// - Parameters:
  ///   - other: the frames of the generated sounds.
  ///   - absence: the reason why a side without frames has none.
  func distances(to other: LevelDistribution, absence: (_ side: String) -> String) -> [Score] {
    if !hasSamples || !other.hasSamples { return [.noSamples, .noSamples] }
    for (side, distribution) in [("the reference", self), ("the generated sound", other)]
    where distribution.count == 0 {
      return [.undefined(reason: absence(side)), .undefined(reason: absence(side))]
    }
    return [
      .value(abs(other.sum / Double(other.count) - sum / Double(count))),
      .value(histogram.distance(to: other.histogram, band: 0)),
    ]
  }

  /// The mean in dB; nil without frames.
  var mean: Double? { count == 0 ? nil : sum / Double(count) }
}

extension SetMeasurement where Summary == LevelDistribution {
  static func add(_ other: LevelDistribution, to summary: inout LevelDistribution) { summary.add(other) }
}
