#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The observations of pYIN in each frame: the probabilities of pitches, and thereby of being voiced.
struct PitchCandidates: Sendable {
  /// The pitch bins of all candidates, frame after frame; of equal ones in a frame the last is used.
  private(set) var bins: [Int32] = []
  /// The probabilities of the candidates, none 0.
  private(set) var probabilities: [Double] = []
  /// The end index of the candidates of each frame.
  private(set) var ends: [Int] = []

  /// The number of frames.
  var frames: Int { ends.count }

  /// The indices of a frame's candidates.
  func range(ofFrame frame: Int) -> Range<Int> { (frame == 0 ? 0 : ends[frame - 1])..<ends[frame] }

  /// Adds a candidate to the current frame. Longer periods are added later, and replace others in their bin.
  mutating func add(bin: Int, probability: Double) {
    let start = ends.last ?? 0
    if bins.count > start, bins[bins.count - 1] == Int32(bin) {
      probabilities[bins.count - 1] = probability
    } else {
      bins.append(Int32(bin))
      probabilities.append(probability)
    }
  }

  /// Ends the current frame.
  mutating func endFrame() { ends.append(bins.count) }

  /// Appends the frames of the next part.
  mutating func append(_ other: PitchCandidates) {
    let offset = bins.count
    bins += other.bins
    probabilities += other.probabilities
    ends += other.ends.map { $0 + offset }
  }
}

/// Finds pYIN's candidates: every trough of the normalized differences, with the probability that a threshold drawn
/// from a Beta distribution selects it.
struct PitchCandidateFinder: Sendable {
  private let yin: YIN
  private let scale: PitchScale
  /// P(threshold i), i = 0..<100, for thresholds 0.01 (i + 1).
  private let thresholdProbabilities: [Double]
  /// Their cumulative sums.
  private let cumulativeProbabilities: [Double]
  /// exp(−2 k).
  private let decay: [Double]
  /// (1 − e⁻²) / (1 − exp(−2 n)) of the Boltzmann distribution over n troughs.
  private let normalization: [Double]

  /// The number of thresholds.
  private static let thresholds = 100
  /// The parameter of the Boltzmann distribution: the decay of the probability with each further trough.
  private static let boltzmann = 2.0
  /// The share of the probability of thresholds without a trough below them that is assigned to the deepest trough.
  private static let noTroughProbability = 0.01

  init(_ yin: YIN, scale: PitchScale) {
    self.yin = yin
    self.scale = scale
    // The cumulative distribution of Beta(2, 18) in closed form, as both parameters are integers.
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

  /// The index of the smallest threshold above a height; the number of thresholds where there is none.
  private func firstThreshold(above height: Double) -> Int {
    let count = Double(Self.thresholds)
    // The quotient may be off by one due to rounding where the height equals a threshold.
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
    let position = (PitchScale.binsPerOctave * log2(frequency / minimumFrequency)).rounded(.toNearestOrEven)
    return position < Double(count) ? Int(max(0, position)) : nil
  }
}
