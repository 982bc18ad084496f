#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Probabilities of moves by their logits.
public enum Softmax {
  /// The probabilities of some moves, the possible ones.
  ///
  /// - Parameters:
  ///   - logits: of all moves.
  ///   - moves: numbers of logits.
  ///   - temperature: logits are divided by it.
  public static func probabilities(_ logits: [Float], of moves: [Int], temperature: Double = 1) -> [Double] {
    let largest = moves.map { logits[$0] }.max() ?? 0
    let powers = moves.map { exp(Double(logits[$0] - largest) / temperature) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
