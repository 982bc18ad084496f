#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What pYIN observes in frames: how likely they are voiced, and at which pitches.
struct PitchCandidates: Sendable {
  /// The pitch bins of all candidates, frame after frame; of equal ones in a frame the last counts.
  private(set) var bins: [Int32] = []
  /// The probabilities of the candidates, none 0.
  private(set) var probabilities: [Double] = []
  /// Where the candidates of each frame end.
  private(set) var ends: [Int] = []

  /// The number of frames.
  var frames: Int { ends.count }

  /// The places of a frame's candidates.
  func range(ofFrame frame: Int) -> Range<Int> { (frame == 0 ? 0 : ends[frame - 1])..<ends[frame] }

  /// Adds a candidate to the frame at hand. Longer periods come later, and take the place of others in their bin.
  mutating func add(bin: Int, probability: Double) {
    let start = ends.last ?? 0
    if bins.count > start, bins[bins.count - 1] == Int32(bin) {
      probabilities[bins.count - 1] = probability
    } else {
      bins.append(Int32(bin))
      probabilities.append(probability)
    }
  }

  /// Ends the frame at hand.
  mutating func endFrame() { ends.append(bins.count) }

  /// Adds the frames of what follows.
  mutating func append(_ other: PitchCandidates) {
    let offset = bins.count
    bins += other.bins
    probabilities += other.probabilities
    ends += other.ends.map { $0 + offset }
  }
}

/// Finds pYIN's candidates: every trough of the normalized differences, as likely as a threshold drawn from a Beta
/// distribution would choose it.
struct PitchCandidateFinder: Sendable {
  private let yin: YIN
  private let scale: PitchScale
  /// P(threshold i), i = 0..<100, for thresholds 0.01 (i + 1).
  private let thresholdProbabilities: [Double]
  /// Their sums up to each.
  private let cumulativeProbabilities: [Double]
  /// exp(−2 k).
  private let decay: [Double]
  /// (1 − e⁻²) / (1 − exp(−2 n)) of the Boltzmann distribution over n troughs.
  private let normalization: [Double]

  /// How many thresholds there are.
  private static let thresholds = 100
  /// The parameter of the Boltzmann distribution: how much less likely each further trough is.
  private static let boltzmann = 2.0
  /// The share of thresholds under which there is no trough that goes to the deepest one.
  private static let noTroughProbability = 0.01

  init(_ yin: YIN, scale: PitchScale) {
    self.yin = yin
    self.scale = scale
    // The cumulative distribution of Beta(2, 18) in closed form, as both parameters are whole numbers.
    let cumulative = (0...Self.thresholds).map { index -> Double in
      let rest = 1 - Double(index) / Double(Self.thresholds)
      return 1 - pow(rest, 18) * (rest + 19 * (1 - rest))
    }
    cumulativeProbabilities = cumulative
    thresholdProbabilities = (0..<Self.thresholds).map { cumulative[$0 + 1] - cumulative[$0] }
    let troughs = 0...yin.periods.count / 2 + 1
    decay = troughs.map { exp(-Self.boltzmann * Double($0)) }
    normalization = troughs.map { (1 - exp(-Self.boltzmann)) / (1 - exp(-Self.boltzmann * Double(max(1, $0)))) }
  }

  /// Adds the frame with these normalized differences and troughs.
  func add(_ differences: UnsafeBufferPointer<Double>, troughs: [Int], to candidates: inout PitchCandidates) {
    defer { candidates.endFrame() }
    guard let deepest = troughs.min(by: { differences[$0] < differences[$1] }) else { return }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * Self.thresholds) { counts in
      counts.initialize(repeating: 0)
      let ranks = UnsafeMutableBufferPointer(rebasing: counts[Self.thresholds...])
      for trough in troughs {
        for threshold in firstThreshold(above: differences[trough])..<Self.thresholds { counts[threshold] += 1 }
      }
      for trough in troughs {
        let first = firstThreshold(above: differences[trough])
        var probability = 0.0
        for threshold in first..<Self.thresholds {
          let prior = normalization[counts[threshold]] * decay[ranks[threshold]]
          probability += thresholdProbabilities[threshold] * prior
          ranks[threshold] += 1
        }
        if trough == deepest { probability += Self.noTroughProbability * cumulativeProbabilities[first] }
        if probability == 0 { continue }
        if let bin = scale.bin(of: yin.frequency(at: trough, of: differences)) {
          candidates.add(bin: bin, probability: probability)
        }
      }
    }
  }

  /// The index of the least threshold that is above a height; the number of thresholds where none is.
  private func firstThreshold(above height: Double) -> Int {
    let count = Double(Self.thresholds)
    // The quotient may be off by rounding where the height is a threshold.
    var index = Int(max(0, min(count, height * count)))
    while index > 0 && height < Double(index) / count { index -= 1 }
    while index < Self.thresholds && height >= Double(index + 1) / count { index += 1 }
    return index
  }
}

/// Pitches in steps of 10 cents.
struct PitchScale: Sendable {
  /// The pitch of bin 0, in Hz.
  let minimumFrequency: Double
  /// The number of pitches.
  let count: Int

  static let binsPerSemitone = 10
  private static let binsPerOctave = Double(12 * binsPerSemitone)

  init(_ yin: YIN) {
    minimumFrequency = yin.minimumFrequency
    count = Int(PitchScale.binsPerOctave * log2(yin.maximumFrequency / yin.minimumFrequency)) + 1
  }

  /// The pitch of a bin, in Hz.
  func frequency(ofBin bin: Int) -> Double { minimumFrequency * exp2(Double(bin) / PitchScale.binsPerOctave) }

  /// The bin that is nearest to a frequency in Hz; nil above the highest.
  func bin(of frequency: Double) -> Int? {
    let place = (PitchScale.binsPerOctave * log2(frequency / minimumFrequency)).rounded(.toNearestOrEven)
    return place < Double(count) ? Int(max(0, place)) : nil
  }
}
