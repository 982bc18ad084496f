#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Entropies of codes by counting: baselines for a network's bits per sample.
public struct CodeStatistics: Sendable {
  private var counts: [Int32: Int] = [:]
  private var pairs: [UInt64: Int] = [:]
  private var firsts: [Int32: Int] = [:]
  private var total = 0
  private var pairTotal = 0

  private let countsPairs: Bool

  /// Empty counts.
  ///
  /// - Parameter countsPairs: whether pairs of successive codes are counted, which takes memory for each distinct pair.
  public init(countsPairs: Bool = true) { self.countsPairs = countsPairs }

  /// Counts the codes of one recording.
  ///
  /// - Parameter previous: the last code of the block before, nil at the start of a recording.
  public mutating func add(_ codes: [Int32], previous: Int32? = nil) {
    var before = previous
    for code in codes {
      counts[code, default: 0] += 1
      total += 1
      if countsPairs, let before {
        pairs[UInt64(UInt32(bitPattern: before)) << 32 | UInt64(UInt32(bitPattern: code)), default: 0] += 1
        firsts[before, default: 0] += 1
        pairTotal += 1
      }
      before = code
    }
  }

  /// The entropy of single codes, in bits per sample: −Σ p(c) log2 p(c). Nil where nothing was counted.
  public var orderZeroEntropy: Double? {
    if total == 0 { return nil }
    return log2(Double(total)) - Self.sum(counts.values) / Double(total)
  }

  /// The entropy of a code given the one before it, in bits per sample: −Σ p(a, b) log2 p(b | a). Nil where no pair was
  /// counted.
  public var orderOneEntropy: Double? {
    if pairTotal == 0 { return nil }
    return (Self.sum(firsts.values) - Self.sum(pairs.values)) / Double(pairTotal)
  }

  /// Σ n log2 n, in an order that depends on the counts alone.
  private static func sum(_ counts: some Collection<Int>) -> Double {
    counts.sorted().reduce(0.0) { $0 + Double($1) * log2(Double($1)) }
  }
}
