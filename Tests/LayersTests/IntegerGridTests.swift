import KodamaCore
import Testing

@testable import KodamaLayers

@Suite struct IntegerGridTests {
  private static let grids = [
    IntegerGrid.weights(.int8), .weights(.int4), .inputs(zeroPoint: 128), .inputs(zeroPoint: 0),
  ]
  private static func normals(_ count: Int) -> [Float] {
    var random = Philox(seed: 1)
    return (0..<count).map { _ in Float(random.normal()) }
  }

  private static let signs = [IntegerGrid.weights(.ternary), .weights(.binary)]

  @Test func theGridsAreThoseOfTheFormats() {
    #expect(Self.grids.map(\.lowest) == [-127, -8, -128, 0])
    #expect(Self.grids.map(\.highest) == [127, 7, 127, 255])
  }

  @Test(arguments: grids) func theNearestIntegerIsTakenHalvesToEven(grid: IntegerGrid) {
    for x in Self.normals(1000) + [0, 0.5, 1.5, 2.5, -0.5, 300, -300, .greatestFiniteMagnitude] {
      let expected = min(max((x / 0.25).rounded(.toNearestOrEven), grid.lowest), grid.highest)
      #expect(grid.nearest(x, scale: 0.25) == expected)
    }
  }

  @Test(arguments: grids) func noTriedScaleErrsLess(grid: IntegerGrid) {
    let numbers = Self.normals(64).map { grid.lowest == 0 ? abs($0) : $0 }
    func error(_ scale: Float) -> Float {
      numbers.reduce(0) { sum, x in
        let error = grid.nearest(x, scale: scale) * scale - x
        return sum + error * error
      }
    }
    let best = numbers.withUnsafeBufferPointer { grid.scale(of: $0, ratios: IntegerGrid.weightRatios) }
    let largest = numbers.reduce(0) { max($0, abs($1)) }
    #expect(best > 0 && best <= 1.15 * largest / grid.highest)
    for ratio in IntegerGrid.weightRatios {
      #expect(error(best) <= error(ratio * largest / grid.highest) * 1.0001)
    }
  }

  /// A thousand small numbers and one large: cutting it off costs less than a coarse step for all others.
  @Test func aLoneLargeNumberIsCutOffWithFewBitsAlone() {
    let numbers = Self.normals(1000) + [9]
    let (few, many) = numbers.withUnsafeBufferPointer {
      (
        IntegerGrid.weights(.int4).scale(of: $0, ratios: IntegerGrid.weightRatios),
        IntegerGrid.weights(.int8).scale(of: $0, ratios: IntegerGrid.weightRatios)
      )
    }
    #expect(few * 7 < 0.6 * 9)
    #expect(many * 127 > 0.9 * 9)
  }

  @Test func withoutZeroTheSignIsTaken() {
    let grid = IntegerGrid.weights(.binary)
    #expect([-2, -0.01, 0, 0.01, 5].map { grid.nearest($0, scale: 3) } == [-1, -1, 1, 1, 1])
  }

  /// Of a fine grid of scales none errs less.
  @Test(arguments: signs, [1, 2, 3, 64, 200]) func theScaleOfSignsIsTheBest(grid: IntegerGrid, count: Int) throws {
    let numbers = Self.normals(count)
    func error(_ scale: Float) -> Double {
      numbers.reduce(0) { sum, x in
        let error = Double(grid.nearest(x, scale: scale) * scale - x)
        return sum + error * error
      }
    }
    let best = error(numbers.withUnsafeBufferPointer { grid.scale(of: $0, ratios: []) })
    let others = (1...4000).map { error(0.001 * Float($0)) }
    let least = try #require(others.min())
    #expect(best <= least + 1e-6)
    // The grid of scales is fine enough to come near it.
    #expect(least <= best + 1e-3 * Double(count))
  }

  /// Numbers that were rounded once come back as they are, whatever became of the largest integers.
  @Test(arguments: [Precision.int8, .int4, .ternary, .binary]) func whatWasRoundedComesBack(precision: Precision) {
    let grid = IntegerGrid.weights(precision)
    var random = Philox(seed: 11)
    for count in [1, 5, 32, 200] {
      for limit in [1, Int(grid.highest / 2), Int(grid.highest)] where limit > 0 {
        let integers = (0..<count).map { _ in
          let number = Float(random.integer(below: 2 * limit + 1) - limit)
          return grid.hasZero ? number : number < 0 ? -1 : 1
        }
        let numbers = integers.map { $0 * 0.0137 }
        let scale = numbers.withUnsafeBufferPointer { grid.scale(of: $0, ratios: IntegerGrid.weightRatios) }
        for number in numbers { #expect(abs(grid.nearest(number, scale: scale) * scale - number) <= 1e-7) }
      }
    }
  }

  /// Whatever divides all integers: a scale that is exact but not in bfloat16 would change them.
  @Test(arguments: [Precision.int8, .int4]) func multiplesOfAScaleStayAsTheyAre(precision: Precision) {
    let (grid, step) = (IntegerGrid.weights(precision), Float(1 + 0x1p-7))
    for factor in [1, 2, 3] as [Float] {
      let numbers = [1, -2, 0, 2, -1].map { $0 * factor * step }
      let scale = numbers.withUnsafeBufferPointer { grid.weightScale(of: $0) }
      #expect(numbers.map { grid.nearest($0, scale: scale) * scale } == numbers)
    }
  }

  @Test func theScaleGrowsWithTheNumbers() {
    let numbers = Self.normals(100)
    func scale(_ factor: Float) -> Float {
      numbers.map { $0 * factor }.withUnsafeBufferPointer {
        IntegerGrid.weights(.int4).scale(of: $0, ratios: IntegerGrid.weightRatios)
      }
    }
    for exponent in [-100, -20, 3, 100] {
      #expect(
        scale(Float(sign: .plus, exponent: exponent, significand: 1)) == scale(1)
          * Float(sign: .plus, exponent: exponent, significand: 1))
    }
  }

  @Test(arguments: [0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude] as [Float])
  func everyScaleIsPositiveAndFinite(number: Float) {
    for grid in Self.grids + Self.signs {
      let scale = [number, -number, 0].withUnsafeBufferPointer { grid.scale(of: $0, ratios: IntegerGrid.weightRatios) }
      #expect(scale > 0 && scale.isFinite)
    }
  }
}
