import KodamaWaveNets

/// Upsamples the features of a signal: frames are added, all at once or as they arrive, and steps are taken, the same
/// numbers either way.
struct FeatureFeed: Sendable {
  private let features: InferenceFeatures
  /// The frames from `firstKnown` on that may still be needed, [frames, C].
  private var known: [Float] = []
  private var firstKnown = 0
  /// Whether the last known frame is the signal's last.
  private var isComplete = false
  /// Numbers of the steps `made`, [steps, C].
  private var steps: [Float] = []
  private var made = 0..<0
  /// The signal's step that is handed out next.
  private(set) var position = 0

  /// Steps that are upsampled at a time, where there are frames for so many: each call has a cost of its own.
  private static let stepsAtATime = 256

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

  /// The steps that can be handed out now; nil where there is no end of them, because the last frame is repeated for
  /// all after it.
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
    // A stream prepares some steps before it uses them, and its state starts with the first that it has not used.
    let used = max(0, position - Self.stepsAtATime)
    let needless = used / conditioning.hopLength - conditioning.marginFrames - firstKnown
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
    if !made.contains(position) { makeSteps() }
    steps.withUnsafeBufferPointer {
      target.update(from: $0.baseAddress! + (position - made.lowerBound) * channels, count: channels)
    }
    position += 1
  }

  /// Passes over steps.
  mutating func skip(_ count: Int) { position += count }

  /// Makes steps of the frames from that of the next step on.
  private mutating func makeSteps() {
    let (hop, margin, first) = (conditioning.hopLength, conditioning.marginFrames, position / conditioning.hopLength)
    let ready = isComplete ? Int.max : total - margin - first
    precondition(ready > 0 && total > 0, "step \(position) of a signal of \(total) frames of features so far")
    let count = min(ready, (Self.stepsAtATime + hop - 1) / hop)
    let start = first - margin - firstKnown
    steps = features.steps(FeatureSequence(known, channels: channels).frames(start..<start + count + 2 * margin))
    made = first * hop..<(first + count) * hop
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
      numbers.allSatisfy(\.isFinite)
    else { return nil }
    known = numbers
    firstKnown = first
    isComplete = words[1] == 1
    skip(position)
    let needed = position / conditioning.hopLength - conditioning.marginFrames
    if firstKnown > max(0, needed) || (isComplete && known.isEmpty) { return nil }
    if !isComplete && position > max(0, total - conditioning.marginFrames) * conditioning.hopLength { return nil }
  }
}
