import KodamaCore

/// Blackjack against a dealer who hits below 17, from an infinite deck. Action 0 sticks, action 1 hits.
///
/// A state is the player's sum of 12 to 21, the dealer's card of 1 (an ace) to 10, and whether an ace counts as 11; below
/// 12 the player always hits. A natural counts as any other 21, because a state does not tell them apart.
///
/// - Source: Sutton and Barto 2018, example 5.1, which pays a natural against any other 21.
public struct Blackjack: TabularEnvironment, Hashable {
  /// How episodes begin.
  public enum Start: Sendable, Hashable {
    /// Two cards each.
    case deal
    /// Each state with the same probability.
    case anywhere
    /// In one state.
    case state(Int)
  }

  /// The state after the end.
  public static let end = 200

  /// The state of a sum of 12 to 21, a dealer's card of 1 to 10 and a usable ace.
  public static func state(sum: Int, dealer: Int, usableAce: Bool) -> Int {
    precondition((12...21).contains(sum) && (1...10).contains(dealer), "sum \(sum), dealer's card \(dealer)")
    return ((usableAce ? 10 : 0) + sum - 12) * 10 + dealer - 1
  }

  /// How episodes begin.
  public let start: Start
  /// The player's hand.
  public var hand = Hand()
  /// The dealer's card.
  public var dealer = 1

  /// A game.
  public init(start: Start = .deal) { self.start = start }

  /// 10 sums · 10 cards of the dealer · 2, and the end.
  @inlinable public var stateCount: Int { 201 }
  /// 2: stick and hit.
  @inlinable public var actionCount: Int { 2 }

  /// A sum, and whether one ace in it counts as 11.
  public struct Hand: Sendable, Hashable {
    /// The sum.
    public var sum = 0
    /// Whether an ace counts as 11.
    public var usableAce = false

    /// An empty hand.
    @inlinable public init() {}

    /// Adds a card of 1 to 10.
    @inlinable public mutating func add(_ card: Int) {
      sum += card
      if card == 1 && sum <= 11 {
        sum += 10
        usableAce = true
      }
      if sum > 21 && usableAce {
        sum -= 10
        usableAce = false
      }
    }
  }

  @inlinable static func card(_ random: inout Philox) -> Int { min(10, random.integer(below: 13) + 1) }

  @inlinable var state: Int { ((hand.usableAce ? 10 : 0) + hand.sum - 12) * 10 + dealer - 1 }

  /// Deals, or places the player where `start` tells.
  @inlinable public mutating func reset(using random: inout Philox) -> Int {
    switch start {
    case .deal:
      dealer = Self.card(&random)
      hand = Hand()
      while hand.sum < 12 { hand.add(Self.card(&random)) }
    case .anywhere: place(random.integer(below: 200))
    case .state(let state): place(state)
    }
    return state
  }

  @inlinable mutating func place(_ state: Int) {
    dealer = state % 10 + 1
    (hand.usableAce, hand.sum) = (state >= 100, state / 10 % 10 + 12)
  }

  /// Sticks (action 0) or hits (1). The reward of 1, 0 or −1 comes at the end.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<Int> {
    if action == 1 {
      hand.add(Self.card(&random))
      return hand.sum > 21 ? Transition(200, reward: -1, ending: .terminal) : Transition(state, reward: 0)
    }
    var other = Hand()
    other.add(dealer)
    while other.sum < 17 { other.add(Self.card(&random)) }
    let reward = other.sum > 21 || hand.sum > other.sum ? 1.0 : hand.sum < other.sum ? -1 : 0
    return Transition(200, reward: reward, ending: .terminal)
  }

  /// The model of this game. Outcomes have mean rewards.
  public static func model() throws -> FiniteModel {
    func chance(_ card: Int) -> Double { card == 10 ? 4.0 / 13 : 1.0 / 13 }
    // The dealer's final sums 17 to 21 by the hand, and busts as 22.
    func finals(_ hand: Hand) -> [Int: Double] {
      if hand.sum >= 17 { return [min(hand.sum, 22): 1] }
      var all: [Int: Double] = [:]
      for card in 1...10 {
        var next = hand
        next.add(card)
        for (sum, share) in finals(next) { all[sum, default: 0] += share * chance(card) }
      }
      return all
    }
    let dealers = (1...10).map { card in
      var hand = Hand()
      hand.add(card)
      let all = finals(hand)
      return (17...22).map { all[$0] ?? 0 }
    }
    return try FiniteModel(stateCount: 201, actionCount: 2, terminal: [end]) { state, action in
      var game = Blackjack()
      game.place(state)
      if action == 0 {
        var mean = 0.0
        for (index, share) in dealers[game.dealer - 1].enumerated() {
          let sum = 17 + index
          mean += share * (sum == 22 || game.hand.sum > sum ? 1 : game.hand.sum < sum ? -1 : 0)
        }
        return [.init(end, reward: mean)]
      }
      return (1...10).map { card in
        var next = game
        next.hand.add(card)
        if next.hand.sum > 21 { return .init(end, reward: -1, probability: chance(card)) }
        return .init(next.state, reward: 0, probability: chance(card))
      }
    }
  }
}
