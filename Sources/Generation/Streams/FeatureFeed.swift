import KodamaWaveNets

/// The features of a signal on their way to its steps: frames come in, all at once or as they become known, and steps go
/// out, the same numbers either way.
struct FeatureFeed: Sendable {
  private let features: InferenceFeatures
  /// The frames from `firstKnown` on that may still be needed, [frames, C].
  private var known: [Float] = []
  private var firstKnown = 0
  /// Whether the last known frame is the signal's last.
  private(set) var isComplete = false
  /// Steps made of frames, [steps, C]; from the signal's step `firstStep` on.
  private var steps: [Float] = []
  private var firstStep = 0
  /// The signal's step that is handed out next.
  private(set) var position = 0

  /// Steps that are made at a time, at least: making them has a price of its own.
  private static let leastSteps = 64

  /// - Parameter sequence: the features of the whole signal; nil where they are added as they become known.
  init(_ features: InferenceFeatures, _ sequence: FeatureSequence?) {
    self.features = features
    if let sequence {
      known = sequence.values
      isComplete = true
    }
  }

  private var conditioning: FeatureConditioning { features.conditioning }
  var channels: Int { conditioning.channels }
  /// The frames that are known, from the signal's first on.
  private var total: Int { firstKnown + known.count / channels }

  /// The steps that can be handed out now; nil where there is no end of them, because the last frame stands for all
  /// after it.
  var available: Int? {
    if isComplete && !known.isEmpty { return nil }
    return max(0, total - conditioning.marginFrames) * conditioning.hopLength - position
  }

  /// Takes the next frames.
  ///
  /// - Precondition: whole frames, and not after the end.
  mutating func add(_ frames: [Float]) {
    precondition(!isComplete, "features after the end of a signal's features")
    precondition(frames.count % channels == 0, "\(frames.count) numbers are no frames of \(channels)")
    let needless = position / conditioning.hopLength - conditioning.marginFrames - firstKnown
    if needless > 0 && 2 * needless * channels > known.count {
      known.removeFirst(needless * channels)
      firstKnown += needless
    }
    known += frames
  }

  /// Says that no more frames come.
  mutating func finish() { isComplete = true }

  /// Writes the features of the next step.
  mutating func takeStep(_ target: UnsafeMutablePointer<Float>) {
    if position == firstStep + steps.count / channels { makeSteps() }
    steps.withUnsafeBufferPointer {
      target.update(from: $0.baseAddress! + (position - firstStep) * channels, count: channels)
    }
    position += 1
  }

  /// Passes over steps.
  mutating func skip(_ count: Int) {
    position += count
    let isInside = position <= firstStep + steps.count / channels
    if !isInside { steps = [] }
    if steps.isEmpty { firstStep = position }
  }

  /// Makes steps of the frames from that of the next step on.
  private mutating func makeSteps() {
    let (hop, margin) = (conditioning.hopLength, conditioning.marginFrames)
    let frame = position / hop
    let ready = isComplete ? Int.max : total - margin - frame
    precondition(ready > 0 && total > 0, "step \(position) of a signal of \(total) frames of features so far")
    let count = min(ready, (Self.leastSteps + hop - 1) / hop)
    var window: [Float] = []
    window.reserveCapacity((count + 2 * margin) * channels)
    for index in frame - margin..<frame + count + margin {
      let start = (max(firstKnown, min(total - 1, index)) - firstKnown) * channels
      window += known[start..<start + channels]
    }
    steps = features.steps(window)
    firstStep = frame * hop
  }
}

extension FeatureFeed {
  /// The feed as words and numbers, from step `position` on.
  var stored: (words: [UInt64], numbers: [Float]) {
    ([UInt64(firstKnown), isComplete ? 1 : 0, UInt64(known.count)], known)
  }

  /// A feed from what `stored` gave; nil where that cannot be.
  init?(_ features: InferenceFeatures, words: [UInt64], numbers: [Float], position: UInt64) {
    self.init(features, nil)
    guard words.count == 3, let first = Int(exactly: words[0]), first < 1 << 48, words[1] <= 1,
      numbers.count % channels == 0, let position = Int(exactly: position), position < 1 << 48,
      first <= max(0, position / conditioning.hopLength - conditioning.marginFrames),
      numbers.allSatisfy(\.isFinite)
    else { return nil }
    known = numbers
    firstKnown = first
    isComplete = words[1] == 1
    skip(position)
    if !isComplete && position > max(0, total - conditioning.marginFrames) * conditioning.hopLength { return nil }
  }
}
