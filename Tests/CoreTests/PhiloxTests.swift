import Testing

@testable import KodamaCore

/// Held to numpy 2.4.6; `philox_golden.py` beside this file prints every number used here.
@Suite struct PhiloxTests {
  @Test func wordsEqualNumpy() {
    var generator = Philox(seed: 1234)
    #expect((0..<5).map { _ in generator.next() } == Golden.words)
  }

  @Test func uniformEqualsNumpy() {
    var generator = Philox(seed: 1234)
    #expect((0..<5).map { _ in generator.uniform() } == Golden.uniform)
  }

  @Test func integersEqualNumpy() {
    var generator = Philox(seed: 1234)
    #expect((0..<10).map { _ in Int(generator.nextUInt32()) } == Golden.halves)
    var bounded = Philox(seed: 5)
    #expect((0..<10).map { _ in bounded.integer(below: 1000) } == Golden.bounded)
  }

  @Test func categoricalEqualsNumpy() {
    var generator = Philox(seed: 99)
    #expect((0..<20).map { _ in generator.categorical([0.1, 0.2, 0.05, 0.6, 0.05]) } == Golden.categorical)
  }

  @Test func shuffleEqualsNumpy() {
    var generator = Philox(seed: 7)
    var array = Array(0..<20)
    generator.shuffle(&array)
    #expect(array == Golden.shuffled)
  }

  @Test func normalEqualsBoxMullerInNumpy() {
    var generator = Philox(seed: 3)
    for expected in Golden.normal { #expect(abs(generator.normal() - expected) < 1e-14) }
  }

  @Test func normalHasTheMomentsOfANormal() {
    var generator = Philox(seed: 11)
    let draws = (0..<100_000).map { _ in generator.normal() }
    let mean = draws.reduce(0, +) / Double(draws.count)
    let variance = draws.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(draws.count)
    #expect(abs(mean) < 0.015)
    #expect(abs(variance - 1) < 0.02)
  }

  @Test(arguments: 0..<9) func anyPositionContinuesTheStream(position: Int) {
    var whole = Philox(seed: 42, stream: 6)
    for _ in 0..<position { _ = whole.next() }
    var resumed = Philox(seed: 42, stream: 6, position: UInt64(position))
    #expect((0..<9).map { _ in whole.next() } == (0..<9).map { _ in resumed.next() })
  }

  @Test func categoricalNeverDrawsAWeightOfZero() {
    var generator = Philox(seed: 1)
    for _ in 0..<1000 { #expect(generator.categorical([0, 1, 0]) == 1) }
  }
}
