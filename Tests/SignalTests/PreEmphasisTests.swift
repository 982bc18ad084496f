import TestSupport
import Testing

@testable import KodamaSignal

@Suite struct PreEmphasisTests {
  private let signal: [Float] = (0..<500).map { Float(($0 * 7919) % 201 - 100) / 100 }

  @Test func aSampleIsLessAPartOfTheOneBefore() {
    var filter = PreEmphasis(0.5)
    #expect(filter.apply([1, 1, -0.5]) == [1, 0.5, -1])
    #expect(filter.apply([0.25]) == [0.5])
    var later = PreEmphasis(0.5, previous: 0.5)
    #expect(later.apply([1]) == [0.75])
  }

  @Test(arguments: [0, 0.5, 0.97]) func deEmphasisTakesItBack(coefficient: Double) {
    var (filter, inverse) = (PreEmphasis(coefficient), DeEmphasis(coefficient))
    let back = filter.apply(signal).map { inverse.apply($0) }
    expectClose(back, signal, tolerance: 1e-5, floor: 1)
    #expect(inverse.last == back.last)
  }

  @Test func blocksOfAnyLengthGiveTheSame() {
    var (whole, parts) = (PreEmphasis(0.9), PreEmphasis(0.9))
    let expected = whole.apply(signal)
    #expect(stride(from: 0, to: 500, by: 7).flatMap { parts.apply(Array(signal[$0..<min(500, $0 + 7)])) } == expected)
  }

  @Test func withoutACoefficientNothingChanges() {
    var (filter, inverse) = (PreEmphasis(0), DeEmphasis(0))
    #expect(filter.apply(signal) == signal && signal.map { inverse.apply($0) } == signal)
  }
}
