/// Philox4x64-10, a counter-based generator. Its whole state is a key and a counter, so any point of a stream can be
/// reached in constant time and a position is saved as one integer (plus half a word after an odd number of 32-bit
/// draws).
///
/// The output equals numpy's `Philox(key=…)`: the counter is incremented before each block of four words.
///
/// - Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", §3.3.
public struct Philox: RandomNumberGenerator, Sendable, Equatable {
  /// The key. Two generators with different keys are independent streams.
  public let key: (UInt64, UInt64)
  /// The number of 64-bit words drawn so far.
  public private(set) var position: UInt64
  private var block: (UInt64, UInt64, UInt64, UInt64)
  private var upperHalf: UInt32?

  /// A generator for `seed`; `stream` distinguishes the uses of one seed (initial weights, crops, dropout, sampling).
  public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
    key = (seed, stream)
    self.position = position
    block = (0, 0, 0, 0)
    if position % 4 != 0 { block = Philox.block(counter: position / 4 + 1, key: key) }
  }

  public static func == (a: Philox, b: Philox) -> Bool {
    a.key == b.key && a.position == b.position && a.upperHalf == b.upperHalf
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let lane = position & 3
    if lane == 0 { block = Philox.block(counter: position / 4 + 1, key: key) }
    // Wraps around at the end of the period.
    position &+= 1
    switch lane {
    case 0: return block.0
    case 1: return block.1
    case 2: return block.2
    default: return block.3
    }
  }

  /// The next 32 random bits: the lower, then the upper half of one 64-bit word, as numpy takes them.
  public mutating func nextUInt32() -> UInt32 {
    if let upper = upperHalf {
      upperHalf = nil
      return upper
    }
    let word = next()
    upperHalf = UInt32(truncatingIfNeeded: word >> 32)
    return UInt32(truncatingIfNeeded: word)
  }

  /// The four words of one counter value: ten rounds of multiply, exchange and xor with a key that grows by the
  /// golden ratio and √3 − 1.
  static func block(counter: UInt64, key: (UInt64, UInt64)) -> (UInt64, UInt64, UInt64, UInt64) {
    var (x0, x1, x2, x3) = (counter, UInt64(0), UInt64(0), UInt64(0))
    var (k0, k1) = key
    for round in 0..<10 {
      if round > 0 {
        k0 &+= 0x9E37_79B9_7F4A_7C15
        k1 &+= 0xBB67_AE85_84CA_A73B
      }
      let a = x0.multipliedFullWidth(by: 0xD2E7_470E_E14C_6C93)
      let b = x2.multipliedFullWidth(by: 0xCA5A_8263_9512_1157)
      (x0, x1, x2, x3) = (b.high ^ x1 ^ k0, b.low, a.high ^ x3 ^ k1, a.low)
    }
    return (x0, x1, x2, x3)
  }
}
