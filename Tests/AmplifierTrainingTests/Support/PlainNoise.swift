/// Numbers from −1 to 1 of a linear congruential generator, which losses_golden.py makes the same.
struct PlainNoise {
  private var state: UInt32

  init(seed: UInt32) { state = seed }

  mutating func next() -> Double {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Double(state) / 2_147_483_648 - 1
  }

  /// As many numbers.
  static func numbers(seed: UInt32, count: Int) -> [Double] {
    var noise = PlainNoise(seed: seed)
    return (0..<count).map { _ in noise.next() }
  }
}
