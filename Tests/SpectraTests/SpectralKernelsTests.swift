import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaSpectra

/// Each instruction set against the formulas written out, on sizes around the width of its registers.
@Suite struct SpectralKernelsTests {
  @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 33, 257]) func everySetAgreesWithTheFormulas(bins: Int) throws {
    let (reference, generated) = (spectrum(bins, seed: 1), spectrum(bins, seed: 2))
    let (p, q) = (power(reference), power(generated))
    for floor in [1e-8, 1e-2] {
      let x = q.map { max($0, floor).squareRoot() }
      let y = p.map { max($0, floor).squareRoot() }
      let pairs = Array(zip(x, y))
      let expected = [
        pairs.reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }, y.reduce(0.0) { $0 + $1 * $1 },
        pairs.reduce(0.0) { $0 + abs(log($1.0) - log($1.1)) },
      ]
      let ratios = zip(p, q).reduce(0.0) { $0 + pow(log(max(3 * $1.1, floor) / max(3 * $1.0, floor)), 2) }
      for kernels in SpectralKernels.available {
        let sums = withSpectra(reference, generated) { kernels.magnitudeSums($0, floor: floor) }
        for index in 0..<3 {
          expectClose([sums[index]], [expected[index]], tolerance: 1e-13, "sum \(index) of \(kernels.name)")
        }
        let squares = withSpectra(reference, generated) { kernels.squaredLogRatios($0, scale: 3, floor: floor) }
        expectClose([squares], [ratios], tolerance: 1e-13, "log ratios of \(kernels.name)")
        #expect(
          sums == withSpectra(reference, generated) { SpectralKernels.available[0].magnitudeSums($0, floor: floor) })
      }
    }
  }

  @Test(arguments: [1, 7, 8, 9, 30]) func squareRootsStayWithinTheirCount(count: Int) {
    for kernels in SpectralKernels.available {
      var numbers = (0..<count + 9).map { Double($0) }
      kernels.squareRoots(&numbers, count: count, offset: 0.5)
      #expect(Array(numbers[..<count]) == (0..<count).map { (Double($0) + 0.5).squareRoot() })
      #expect(Array(numbers[count...]) == (count..<count + 9).map { Double($0) })
    }
  }

  @Test(arguments: [(1, 1), (5, 3), (8, 1), (31, 9), (32, 2), (33, 101), (130, 7)])
  func sumsOfAWindowGiveTheirLargest(count: Int, width: Int) {
    var random = Philox(seed: 9)
    let values = (0..<count + width - 1).map { $0 % 11 == 3 ? -Double.infinity : random.normal() }
    let weights = (0..<width).map { _ in random.normal() }
    let expected = (0..<count).map { j in (0..<width).map { values[j + $0] + weights[$0] }.reduce(-.infinity, max) }
    for kernels in SpectralKernels.available {
      var output = [Double](repeating: 7, count: count + 9)
      kernels.maxPlus(values, weights: weights, width: width, to: &output, count: count)
      #expect(Array(output[..<count]) == expected, "\(kernels.name)")
      #expect(Array(output[count...]) == [Double](repeating: 7, count: 9))
    }
  }

  @Test func logarithmsHoldOverTheWholeRange() throws {
    for exponent in stride(from: -480, through: 480, by: 3) {
      for factor in [1, 1 + 1e-9, 1.2, 1.9999999, 0.70710678118654752] {
        let ratio = scalbn(factor, exponent)
        let expected = pow(log(ratio * ratio), 2)
        for kernels in SpectralKernels.available {
          let squares = withSpectra([1, 0], [ratio, 0]) { kernels.squaredLogRatios($0, scale: 1, floor: 1e-300) }
          expectClose([squares], [expected], tolerance: 1e-14, floor: 1e-18, "ln² of \(ratio)² by \(kernels.name)")
        }
      }
    }
  }

  @Test func theLoudestSoundAgainstSilenceStaysFinite() {
    let floor = SpectralConvergence.powerFloor
    for kernels in SpectralKernels.available {
      let sums = withSpectra([0, 0], [1e40, 0]) { kernels.magnitudeSums($0, floor: floor) }
      expectClose([sums[2]], [0.5 * log(1e80 / floor)], tolerance: 1e-13, "log ratio by \(kernels.name)")
    }
  }

  @Test func theInstructionSetIsTheOneThatIsNamedOrTheStrongest() {
    #expect(
      SpectralKernels.available.map(\.name)
        == Array(["portable", "avx2", "avx512"].prefix(SpectralKernels.available.count)))
    for kernels in SpectralKernels.available { #expect(SpectralKernels.named(kernels.name).name == kernels.name) }
    let strongest = SpectralKernels.available.last?.name
    for name in [nil, "", "none"] { #expect(SpectralKernels.named(name).name == strongest) }
  }

  @Test func equalSpectraHaveNoDistance() {
    let silence = [Double](repeating: 0, count: 2 * 129)
    for kernels in SpectralKernels.available {
      let sums = withSpectra(silence, silence) { kernels.magnitudeSums($0, floor: 1e-8) }
      #expect(sums[0] == 0 && sums[2] == 0)
      #expect(abs(sums[1] - 129e-8) < 1e-20)
    }
  }

  private func spectrum(_ bins: Int, seed: UInt64) -> [Double] {
    var generator = Philox(seed: seed)
    return (0..<2 * bins).map { _ in pow(10, 4 * generator.uniform() - 3) * generator.normal() }
  }

  private func power(_ spectrum: [Double]) -> [Double] {
    (0..<spectrum.count / 2).map { bin -> Double in
      let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
      return real * real + imaginary * imaginary
    }
  }

  private func withSpectra<R>(_ reference: [Double], _ generated: [Double], _ body: (FrameSpectra) -> R) -> R {
    reference.withUnsafeBufferPointer { reference in
      generated.withUnsafeBufferPointer { generated in
        body(
          FrameSpectra(
            frame: 0, bins: reference.count / 2, first: reference.baseAddress.unsafelyUnwrapped,
            second: generated.baseAddress.unsafelyUnwrapped))
      }
    }
  }
}
