import KodamaCore

/// The question of key cards: how likely is a key card in the first hand of a deck, where a hand without one is shuffled
/// back once and drawn anew?
///
/// The hand is hypergeometric: without a key card with probability h = C(n − k, d) / C(n, d). Both hands are drawn from the
/// whole deck, so the answer is 1 − h².
public struct KeyCards: Sendable, Equatable {
  /// The cards of the deck, and those of a hand.
  public let deck, hand: Int
  /// The number of key cards.
  public let keys: Int

  /// A deck.
  ///
  /// - Throws: `ReinforcementFault.setting` for a hand that is empty or larger than the deck, or key cards outside 0 to the
  ///   size of the deck.
  public init(keys: Int, deck: Int = 30, hand: Int = 5) throws {
    try ReinforcementFault.check("the number of cards in the deck", deck, atLeast: 1)
    try ReinforcementFault.check("the number of cards in a hand", Double(hand), in: 1...Double(deck))
    try ReinforcementFault.check("the number of key cards", Double(keys), in: 0...Double(deck))
    (self.keys, self.deck, self.hand) = (keys, deck, hand)
  }

  /// The exact probability.
  public var probability: Double {
    let missed = Hypergeometric.probability(of: 0, draws: hand, marked: keys, total: deck)
    return 1 - missed * missed
  }

  /// One draw with an exchange where the first hand has no key card.
  public func succeeds(using random: inout Philox) -> Bool { hasKey(&random) || hasKey(&random) }

  private func hasKey(_ random: inout Philox) -> Bool {
    // Of the cards that are left, the first ones are key cards: none of them was drawn before.
    for drawn in 0..<hand where random.integer(below: deck - drawn) < keys { return true }
    return false
  }

  /// The probability estimated by playing.
  ///
  /// - Throws: `ReinforcementFault.setting` for no trial.
  public func estimate(trials: Int, seed: UInt64, workers: Workers = .serial) throws -> ProportionEstimate {
    try ProportionEstimate(trials: trials, seed: seed, workers: workers) { succeeds(using: &$0) }
  }
}

/// Draws without replacement.
public enum Hypergeometric {
  /// The probability that `draws` of `total` things contain `found` of `marked` ones: C(m, f) C(t − m, d − f) / C(t, d).
  ///
  /// - Precondition: at most `total` draws and marked things, none negative.
  public static func probability(of found: Int, draws: Int, marked: Int, total: Int) -> Double {
    precondition(
      (0...total).contains(draws) && (0...total).contains(marked), "\(draws) draws, \(marked) marked of \(total)")
    return choose(marked, found) * choose(total - marked, draws - found) / choose(total, draws)
  }

  private static func choose(_ n: Int, _ k: Int) -> Double {
    if k < 0 || k > n { return 0 }
    return (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
  }
}
