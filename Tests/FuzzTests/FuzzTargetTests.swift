import FuzzTargets
import KodamaCore
import TestSupport
import Testing

/// The targets themselves: their seeds are read, and a few inputs made from them end neither in a trap nor in an error
/// that is no `Fault`. `scripts/fuzz` runs each of them much longer.
@Suite struct FuzzTargetTests {
  static let names = FuzzTarget.all.map(\.name)

  private func target(_ name: String) throws -> FuzzTarget {
    try #require(FuzzTarget.all.first { $0.name == name })
  }

  @Test func namesAreOnce() { #expect(Set(Self.names).count == Self.names.count) }

  @Test(arguments: names) func seedsAreReadWithoutAFault(name: String) throws {
    let target = try target(name)
    let seeds = try target.seeds()
    #expect(!seeds.isEmpty)
    try withTemporaryFolder { folder in
      for (number, seed) in seeds.enumerated() {
        #expect(target.run(seed, in: folder) == nil, "seed \(number)")
        #expect(seed.count <= 8000, "seed \(number) has \(seed.count) bytes")
      }
    }
  }

  @Test(arguments: names) func changedSeedsAreReadOrRefused(name: String) throws {
    let target = try target(name)
    var random = Philox(seed: 5)
    try withTemporaryFolder { folder in
      var refused = 0
      for seed in try target.seeds() {
        for round in 0..<20 {
          let isText = target.form == .text && round % 2 == 0
          let changed = isText ? TextMutator.changed(seed, &random) : Self.changed(seed, &random)
          if target.run(changed, in: folder) != nil { refused += 1 }
        }
      }
      // Samples are good or bad by themselves, and C says so by a status.
      if name != "samples" { #expect(refused > 0) }
    }
  }

  /// Cuts, drops, doubles or changes bytes.
  private static func changed(_ bytes: [UInt8], _ random: inout Philox) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.integer(below: 3) where !bytes.isEmpty {
      let place = random.integer(below: bytes.count)
      let end = min(bytes.count, place + 1 + random.integer(below: 8))
      switch random.integer(below: 5) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
      default: bytes[place] = [0, 0xFF, 0x30, 0x39, 0x2D, 0x22][random.integer(below: 6)]
      }
    }
    return bytes
  }
}
