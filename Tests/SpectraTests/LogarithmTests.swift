import Foundation
import Testing

@testable import KodamaSpectra

@Suite struct LogarithmTests {
  @Test func agreesWithTheMathematicalLibrary() throws {
    let numbers = (-1000...1000).flatMap { exponent in
      [1.0, 1.0 + 1e-9, 1.2, 1.4142135623730949, 1.4142135623730951, 1.5, 1.9999999].map {
        scalbn($0, exponent)
      }
    }
    for x in numbers {
      let expected = log(x)
      let actual = naturalLogarithm(SIMD4(repeating: x))
      #expect(abs(actual[0] - expected) <= 4e-16 * max(abs(expected), 1e-9), "\(x)")
      #expect(actual == SIMD4(repeating: actual[0]))
    }
  }

  @Test func theLogarithmOfOneIsZero() { #expect(naturalLogarithm(SIMD4(repeating: 1)) == .zero) }
}
