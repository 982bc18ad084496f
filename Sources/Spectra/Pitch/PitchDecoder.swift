#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Decodes the most likely pitch sequence: the Viterbi algorithm for pYIN's hidden Markov model.
///
/// State b < n is pitch b, voiced; state n + b is pitch b, unvoiced. The transition probability from pitch k to pitch j
/// is triangular in |j − k|. As that is local, a step is a maximum over a band; jumps beyond it have the probability
/// 2.2e-308, as in librosa. Only values are stored, for all frames of one segment and the first frame of every other,
/// so memory is bounded: backtracking recomputes the values of each segment.
struct PitchDecoder: Sendable {
  /// The number of pitches.
  private let pitches: Int
  /// The number of pitches that a step spans on either side.
  private let reach: Int
  /// The logarithm of the triangle, −reach...reach.
  private let weights: [Double]
  /// The logarithm of the sum of the triangle within the scale, for a step from each pitch.
  private let norms: [Double]

  private static let stay = log(0.99)
  private static let change = log(1 - 0.99)
  /// The logarithm of the substitute for a probability of 0.
  private static let never = log(Double.leastNormalMagnitude)
  /// Frames of a segment.
  static let segment = 256

  init(_ yin: YIN, scale: PitchScale) {
    let semitones = (35.92 * 12 * Double(yin.hopLength) / Double(yin.sampleRate)).rounded(.toNearestOrEven)
    let reach = Int(semitones) * PitchScale.binsPerSemitone / 2
    let triangle = (-reach...reach).map { 1 - Double(abs($0)) / Double(reach + 1) }
    pitches = scale.count
    self.reach = reach
    weights = triangle.map { log($0) }
    norms = (0..<scale.count).map { pitch in
      let onScale = max(-reach, -pitch)...min(reach, scale.count - 1 - pitch)
      return log(onScale.reduce(0) { $0 + triangle[$1 + reach] })
    }
  }

  /// The state of every frame.
  func states(_ candidates: PitchCandidates) -> [Int] {
    let frames = candidates.frames
    if frames == 0 { return [] }
    let width = 2 * pitches
    let scratch = Scratch(pitches: pitches, reach: reach)
    var rows = [Double](repeating: 0, count: min(frames, Self.segment) * width)
    var firstRows: [[Double]] = [initialRow(candidates)]
    let segments = (frames + Self.segment - 1) / Self.segment
    for segment in 0..<segments {
      let end = fill(&rows, from: firstRows[segment], segment, candidates, scratch)
      if segment + 1 < segments {
        var row = [Double](repeating: 0, count: width)
        rows.withUnsafeBufferPointer { rows in
          row.withUnsafeMutableBufferPointer { row in
            let last = rows.baseAddress.unsafelyUnwrapped + (end - 1) * width
            step(from: last, to: row.baseAddress.unsafelyUnwrapped, (segment + 1) * Self.segment, candidates, scratch)
          }
        }
        firstRows.append(row)
      }
    }
    var states = [Int](repeating: 0, count: frames)
    for segment in (0..<segments).reversed() {
      if segment < segments - 1 { _ = fill(&rows, from: firstRows[segment], segment, candidates, scratch) }
      rows.withUnsafeBufferPointer { rows in
        let first = segment * Self.segment
        for frame in (first..<min(frames, first + Self.segment)).reversed() {
          let row = UnsafeBufferPointer(rebasing: rows[(frame - first) * width..<(frame - first + 1) * width])
          states[frame] =
            frame == frames - 1 ? PitchDecoder.greatest(row) : predecessor(of: states[frame + 1], in: row)
        }
      }
    }
    return states
  }

  /// Computes the values of a segment; returns the number of its frames.
  private func fill(
    _ rows: inout [Double], from first: [Double], _ segment: Int, _ candidates: PitchCandidates, _ scratch: Scratch
  ) -> Int {
    let width = 2 * pitches
    let start = segment * Self.segment
    let count = min(Self.segment, candidates.frames - start)
    rows.withUnsafeMutableBufferPointer { rows in
      let base = rows.baseAddress.unsafelyUnwrapped
      for state in 0..<width { base[state] = first[state] }
      for frame in 1..<max(1, count) {
        step(from: base + (frame - 1) * width, to: base + frame * width, start + frame, candidates, scratch)
      }
    }
    return count
  }

  /// The values of the first frame, with a uniform prior.
  private func initialRow(_ candidates: PitchCandidates) -> [Double] {
    var row = [Double](repeating: -log(Double(2 * pitches)), count: 2 * pitches)
    row.withUnsafeMutableBufferPointer { observe(0, candidates, $0.baseAddress.unsafelyUnwrapped) }
    return row
  }

  /// The values of a frame from those of the previous one.
  private func step(
    from old: UnsafePointer<Double>, to new: UnsafeMutablePointer<Double>, _ frame: Int, _ candidates: PitchCandidates,
    _ scratch: Scratch
  ) {
    let (voiced, unvoiced) = (scratch.voiced + reach, scratch.unvoiced + reach)
    var greatest = old[0]
    norms.withUnsafeBufferPointer { norms in
      for pitch in 0..<pitches {
        let (a, b) = (old[pitch], old[pitches + pitch])
        voiced[pitch] = max(a + Self.stay, b + Self.change) - norms[pitch]
        unvoiced[pitch] = max(b + Self.stay, a + Self.change) - norms[pitch]
        greatest = max(greatest, max(a, b))
      }
    }
    weights.withUnsafeBufferPointer { weights in
      let kernels = SpectralKernels.current
      let triangle = weights.baseAddress.unsafelyUnwrapped
      kernels.maxPlus(scratch.voiced, weights: triangle, width: weights.count, to: new, count: pitches)
      kernels.maxPlus(scratch.unvoiced, weights: triangle, width: weights.count, to: new + pitches, count: pitches)
    }
    let jump = greatest + Self.never
    for state in 0..<2 * pitches { new[state] = max(new[state], jump) }
    observe(frame, candidates, new)
  }

  /// Adds the log probabilities of the observations in a frame.
  private func observe(_ frame: Int, _ candidates: PitchCandidates, _ row: UnsafeMutablePointer<Double>) {
    let range = candidates.range(ofFrame: frame)
    var voiced = 0.0
    for index in range { voiced += candidates.probabilities[index] }
    let share = (1 - max(0, min(1, voiced))) / Double(pitches)
    let unvoiced = log(share + Double.leastNormalMagnitude)
    var next = range.lowerBound
    // Longer periods are lower pitches, so candidates are in descending order of bins.
    for pitch in (0..<pitches).reversed() {
      if next < range.upperBound, candidates.bins[next] == Int32(pitch) {
        row[pitch] += log(candidates.probabilities[next] + Double.leastNormalMagnitude)
        next += 1
      } else {
        row[pitch] += Self.never
      }
      row[pitches + pitch] += unvoiced
    }
  }

  /// The most likely predecessor of a state; the lowest of equals.
  private func predecessor(of state: Int, in row: UnsafeBufferPointer<Double>) -> Int {
    let (pitch, isVoiced) = (state % pitches, state < pitches)
    let band = max(0, pitch - reach)...min(pitches - 1, pitch + reach)
    var (best, value) = (0, -Double.infinity)
    for (offset, isSame) in [(0, isVoiced), (pitches, !isVoiced)] {
      for other in band {
        let turn = isSame ? Self.stay : Self.change
        let candidate = row[offset + other] + turn - norms[other] + weights[pitch - other + reach]
        if candidate > value { (best, value) = (offset + other, candidate) }
      }
    }
    let greatest = PitchDecoder.greatest(row)
    return row[greatest] + Self.never > value ? greatest : best
  }

  /// The index of the maximum, the first of equals.
  private static func greatest(_ row: UnsafeBufferPointer<Double>) -> Int {
    var index = 0
    for other in 1..<row.count where row[other] > row[index] { index = other }
    return index
  }

  /// Scratch memory of one decoding: values of the pitches between two margins of impossible states.
  private final class Scratch {
    let voiced: UnsafeMutablePointer<Double>
    let unvoiced: UnsafeMutablePointer<Double>

    init(pitches: Int, reach: Int) {
      let count = pitches + 2 * reach
      voiced = .allocate(capacity: count)
      unvoiced = .allocate(capacity: count)
      voiced.initialize(repeating: -.infinity, count: count)
      unvoiced.initialize(repeating: -.infinity, count: count)
    }

    deinit {
      voiced.deallocate()
      unvoiced.deallocate()
    }
  }
}
