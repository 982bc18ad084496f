/// The value Q of moves without a visit, in a search by priors.
public enum FirstPlay: String, Sendable, CaseIterable {
  /// 0, as AlphaGo Zero has it. In a lost position every move is then tried before the best one is tried twice, and in a won
  /// one few are.
  case zero
  /// The mean value of the position less 0.2 · √P, where P is the sum of the priors of its moves with a visit; at the root,
  /// where noise asks for a look at every move, the mean itself. For problems whose rewards come at the end: the mean has the
  /// reward of the move to the position.
  ///
  /// - Source: Wu 2019, "Accelerating self-play learning in Go".
  case mean

  @usableFromInline static let reduction = 0.2
}
