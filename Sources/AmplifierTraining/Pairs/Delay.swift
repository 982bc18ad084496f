import KodamaCore

/// The delay of a wet recording, by cross-spectra around a rough latency.
struct Delay {
  /// Where the impulse response starts, in samples.
  let latency: Int
  /// Whether the correlation at the latency is negative.
  let isInverted: Bool
  /// The share of the wet power that is a linear function of the dry recording.
  let coherence: Double
  /// The latency at the start, in the middle and at the end, relative to the whole.
  let changes: [Double]
  /// The slope of the latency over time in parts per million.
  let drift: Double
  /// The mean distance of the latencies of sections from the median of their third.
  private let spread: Double

  /// The part of the peak of an impulse response at which it starts.
  private static let onset: Float = 0.1
  /// Samples that may be below that after its start.
  private static let gap = 3

  /// - Throws: `PairFault.unrelated`, `.drift`.
  init(_ pair: RecordingPair, around rough: Int, _ limits: PairLimits, workers: Workers) throws {
    let sections = CrossSpectrum.sections(pair, lag: rough, workers: workers)
    let whole = sections.reduce(CrossSpectrum()) { $0 + $1.spectrum }
    let shares = sections.map(\.spectrum.linearShare)
    let power = shares.reduce(0) { $0 + $1.whole }
    coherence = power > 0 ? shares.reduce(0) { $0 + $1.part } / power : 0
    if !(coherence >= limits.coherence) {
      throw PairFault.unrelated(
        dry: pair.dry.path, wet: pair.wet.path, coherence: coherence, needed: limits.coherence)
    }

    let lags = sections.map { (time: Double($0.middle), lag: $0.spectrum.bestLag) }
    let third = Double(pair.dry.samples.count) / 3
    let thirds = (0..<3).map { part in lags.filter { Int($0.time / third) == part }.map(\.lag) }
    let center = Self.median(lags.map(\.lag))
    changes = thirds.map { ($0.isEmpty ? center : Self.median($0)) - center }
    spread = Self.median(
      zip(thirds, changes).flatMap { lags, change in lags.map { abs($0 - center - change) } })
    drift = 1e6 * Self.slope(lags)
    let range = (changes.max() ?? 0) - (changes.min() ?? 0)
    if range >= Double(limits.drift) {
      throw PairFault.drift(
        dry: pair.dry.path, wet: pair.wet.path, latencies: changes.map { rough + Int((center + $0).rounded()) },
        partsPerMillion: drift)
    }

    let (response, correlation) = (whole.impulseResponse, whole.correlation)
    let onset = Self.onset(of: response)
    latency = rough + onset
    let near = max(-CrossSpectrum.reach, onset - 8)...min(CrossSpectrum.reach, onset + 96)
    isInverted = correlation[near.max { correlation[$0].magnitude < correlation[$1].magnitude } ?? onset] < 0
  }

  /// Where an impulse response starts: from its peak backwards until a few samples in a row are small.
  private static func onset(of response: CorrelationCurve) -> Int {
    let peak = response.peakLag
    let least = onset * response[peak].magnitude
    var start = peak
    var lag = peak - 1
    while lag >= response.firstLag, start - lag <= gap {
      if response[lag].magnitude >= least { start = lag }
      lag -= 1
    }
    return start
  }

  /// What is suspicious.
  func remarks(_ pair: RecordingPair) -> [String] {
    var remarks: [String] = []
    if coherence < 0.35 {
      remarks.append(
        "\(pair.wet.path): only \(Int((100 * coherence).rounded())) % of it is a linear function of \(pair.dry.path): a "
          + "strong distortion, a reverb or a modulation, which takes a larger model or cannot be learned")
    }
    if spread > 2 {
      remarks.append(
        "\(pair.wet.path): its latency varies by \(NumberText.decimal(spread, 1)) samples: a chorus or another modulation "
          + "cannot be learned")
    }
    let range = (changes.max() ?? 0) - (changes.min() ?? 0)
    if range >= 1 && spread <= range / 2 {
      remarks.append(
        "\(pair.wet.path): its latency changes by \(NumberText.decimal(range, 1)) samples (\(NumberText.decimal(drift, 1)) "
          + "ppm); play and record on one clock")
    }
    return remarks
  }

  /// The median; 0 of nothing.
  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// The median of the slopes through all pairs of points.
  ///
  /// - Source: Theil 1950, Sen 1968.
  private static func slope(_ points: [(time: Double, lag: Double)]) -> Double {
    var slopes: [Double] = []
    for (index, a) in points.enumerated() {
      for b in points[(index + 1)...] { slopes.append((b.lag - a.lag) / (b.time - a.time)) }
    }
    return median(slopes)
  }
}
