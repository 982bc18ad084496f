import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A weighted sum of rewards, and the returns from every sample on that follow from it.
public struct RewardSum: Sendable {
  /// The rewards with their weights.
  public let terms: [(weight: Double, reward: any SoundReward)]
  /// The discount γ of the rewards of frames, by which a reward counts less for each frame that it comes later.
  public let discount: Double

  /// A sum of rewards.
  ///
  /// - Parameter discount: in [0, 1]; with 1 the return is the mean of the frames from a sample on, times their share of
  ///   the sound.
  /// - Precondition: at least one term.
  public init(_ terms: [(weight: Double, reward: any SoundReward)], discount: Double = 1) {
    precondition(!terms.isEmpty && (0...1).contains(discount), "\(terms.count) rewards, discounted by \(discount)")
    (self.terms, self.discount) = (terms, discount)
  }

  /// What sounds of one length are rewarded with.
  public struct Outcome: Sendable, Equatable {
    /// The reward of each sound.
    public let rewards: [Double]
    /// The return from each sample of each sound on, [sounds][samples].
    public let returns: [[Double]]
  }

  /// Rewards sounds that were generated side by side. A sound for which a term has no value gets the lowest of the others.
  ///
  /// - Throws: `TuningFault.notFinite`; `.undefined` where a term has a value for no sound; what the rewards throw.
  public func evaluate(_ sounds: [RewardedSound], workers: Workers = .all) throws -> Outcome {
    var rewards = [Double](repeating: 0, count: sounds.count)
    var returns = sounds.map { [Double](repeating: 0, count: $0.samples.count) }
    for (weight, reward) in terms {
      let values = try reward.values(of: sounds, workers: workers)
      let wholes = values.map(\.whole)
      if let number = wholes.firstIndex(where: { $0.map { !$0.isFinite } ?? false }) {
        throw TuningFault.notFinite(reward: reward.name, value: wholes[number] ?? .nan, sound: number + 1)
      }
      guard let lowest = wholes.compactMap({ $0 }).min() else {
        throw TuningFault.undefined(reward: reward.name, reason: values.first.map(\.reason) ?? "there are no sounds")
      }
      for (number, value) in values.enumerated() {
        let whole = weight * (wholes[number] ?? lowest)
        rewards[number] += whole
        switch value {
        case .frames(let frames, let times):
          add(frames.map { weight * $0 }, times, to: &returns[number])
        case .whole, .undefined:
          for sample in returns[number].indices { returns[number][sample] += whole }
        }
      }
    }
    return Outcome(rewards: rewards, returns: returns)
  }

  /// Adds the discounted rewards of the frames that a sample belongs to or precedes. All samples between two ends of frames
  /// have those of the later end.
  private func add(_ frames: [Double], _ times: FrameTimes, to returns: inout [Double]) {
    // Σ γ^k r_{t+k} for each frame t, in units of the mean of the frames.
    var sums = frames
    for frame in frames.indices.dropLast().reversed() { sums[frame] += discount * sums[frame + 1] }
    let unit = discount == 1 ? 1 / Double(max(1, frames.count)) : 1 - discount
    for sample in returns.indices {
      // The first frame that does not end before the sample does.
      let behind = sample - times.start - times.length + 1
      let frame = behind <= 0 ? 0 : (behind + times.hop - 1) / times.hop
      if frame < frames.count { returns[sample] += unit * sums[frame] }
    }
  }
}

extension SoundRewardValue {
  /// Why there is no value.
  fileprivate var reason: String { if case .undefined(let reason) = self { reason } else { "" } }
}

/// How much better the returns of each sound are than those of the others.
public enum SoundAdvantages {
  /// At every sample the return less the mean of the other sounds' returns there, over the root of the mean square of all of
  /// these: a baseline that does not depend on the sound itself, so that the gradient stays unbiased but for its scale.
  ///
  /// - Shapes: [sounds][samples] of one length → the same.
  /// - Precondition: at least two sounds, of one length.
  /// - Source: Kool, van Hoof and Welling 2019, "Buy 4 REINFORCE samples, get a baseline for free!", eq. 8. That the
  ///   advantages are scaled is ours: steps do not depend on the unit of the reward then.
  public static func leavingOneOut(_ returns: [[Double]]) -> [[Float]] {
    let (count, length) = (returns.count, returns.first?.count ?? 0)
    precondition(
      count >= 2 && returns.allSatisfy { $0.count == length }, "returns of \(returns.map(\.count)) samples")
    var sums = [Double](repeating: 0, count: length)
    for sound in returns { for sample in 0..<length { sums[sample] += sound[sample] } }
    var (advantages, squares) = (returns, 0.0)
    for sound in 0..<count {
      for sample in 0..<length {
        let own = returns[sound][sample]
        let advantage = own - (sums[sample] - own) / Double(count - 1)
        advantages[sound][sample] = advantage
        squares += advantage * advantage
      }
    }
    let scale = (squares / Double(max(1, count * length))).squareRoot()
    // Equal returns differ by rounding only.
    let largest = returns.joined().reduce(0) { max($0, abs($1)) }
    if scale <= 1e-12 * max(1, largest) { return returns.map { $0.map { _ in 0 } } }
    return advantages.map { $0.map { Float($0 / scale) } }
  }
}
