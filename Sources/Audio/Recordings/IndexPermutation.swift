import KodamaCore

/// A pseudorandom permutation of 0..<count with random access: a Feistel network of six rounds over the bits of an
/// index, with Philox as the round function and cycle walking until the result is below `count`.
///
/// - Source: Luby and Rackoff 1988; Black and Rogaway 2002, "Ciphers with arbitrary finite domains" (cycle walking).
package struct IndexPermutation: Sendable, Equatable {
  /// The number of items.
  package let count: Int
  private let seed: UInt64
  private let stream: UInt64
  private let number: UInt64
  private let halfBits: UInt64

  private static let rounds: UInt64 = 6

  /// - Parameter number: distinguishes permutations under one seed, such as those of epochs.
  package init(count: Int, seed: UInt64, stream: UInt64, number: Int) {
    precondition(count > 0 && count <= 1 << 48, "an order of \(count) items is outside 1...2^48")
    self.count = count
    self.seed = seed
    self.stream = stream
    self.number = UInt64(number)
    let bits = UInt64.bitWidth - UInt64(count - 1).leadingZeroBitCount
    halfBits = UInt64(max(1, (bits + 1) / 2))
  }

  /// The item at a position.
  package subscript(position: Int) -> Int {
    precondition((0..<count).contains(position), "position \(position) is outside 0..<\(count)")
    var index = UInt64(position)
    repeat { index = encrypt(index) } while index >= UInt64(count)
    return Int(index)
  }

  private func encrypt(_ index: UInt64) -> UInt64 {
    let mask: UInt64 = 1 << halfBits - 1
    var (left, right) = (index >> halfBits, index & mask)
    for round in 0..<Self.rounds {
      // Each permutation, round and right half has its own block of four words of the stream.
      let block = ((number &* Self.rounds &+ round) << halfBits) | right
      var philox = Philox(seed: seed, stream: stream, position: block << 2)
      (left, right) = (right, left ^ (philox.next() & mask))
    }
    return left << halfBits | right
  }
}
