import KodamaCore
import Testing

@testable import KodamaCompression

@Suite struct IntegerGridTests {
  private static let grids = [
    IntegerGrid.weights(.int8), .weights(.int4), .inputs(zeroPoint: 128), .inputs(zeroPoint: 0),
  ]

  @Test func theGridsAreThoseOfTheFormats() {
    #expect(Self.grids.map(\.lowest) == [-127, -8, -128, 0])
    #expect(Self.grids.map(\.highest) == [127, 7, 127, 255])
  }

  @Test(arguments: grids) func theNearestIntegerIsTakenHalvesToEven(grid: IntegerGrid) {
    for x in Examples.normals(1000) + [0, 0.5, 1.5, 2.5, -0.5, 300, -300, .greatestFiniteMagnitude] {
      let expected = min(max((x / 0.25).rounded(.toNearestOrEven), grid.lowest), grid.highest)
      #expect(grid.nearest(x, scale: 0.25) == expected)
    }
  }

  @Test(arguments: grids) func noTriedScaleErrsLess(grid: IntegerGrid) {
    let numbers = Examples.normals(64).map { grid.lowest == 0 ? abs($0) : $0 }
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
    let numbers = Examples.normals(1000) + [9]
    let (few, many) = numbers.withUnsafeBufferPointer {
      (
        IntegerGrid.weights(.int4).scale(of: $0, ratios: IntegerGrid.weightRatios),
        IntegerGrid.weights(.int8).scale(of: $0, ratios: IntegerGrid.weightRatios)
      )
    }
    #expect(few * 7 < 0.6 * 9)
    #expect(many * 127 > 0.9 * 9)
  }

  @Test func theScaleGrowsWithTheNumbers() {
    let numbers = Examples.normals(100)
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
    for grid in Self.grids {
      let scale = [number, -number, 0].withUnsafeBufferPointer { grid.scale(of: $0, ratios: IntegerGrid.weightRatios) }
      #expect(scale > 0 && scale.isFinite)
    }
  }
}
