import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCompression

@Suite struct ErrorFeedbackTests {
  /// Inputs of `width` channels that depend on one another.
  private func inputs(width: Int, steps: Int = 300) -> LayerInputs {
    let (sources, mix) = (Examples.normals(steps * width), Examples.normals(width * width, seed: 2))
    var numbers = [Float](repeating: 0, count: steps * width)
    for step in 0..<steps {
      for channel in 0..<width {
        // A third as many sources as channels.
        for source in 0..<max(1, width / 3) {
          numbers[step * width + channel] += mix[channel * width + source] * sources[step * width + source]
        }
        numbers[step * width + channel] += 0.1 * sources[step * width + channel]
      }
    }
    var inputs = LayerInputs(width: width)
    numbers.withUnsafeBufferPointer { inputs.add($0, channels: width, dilation: 1, at: Array(0..<steps)) }
    return inputs
  }

  /// Σ over steps of (ŵ − w)·x squared.
  private func error(_ rounded: [Float], _ weights: [Float], _ inputs: LayerInputs) -> Double {
    (0..<inputs.steps).reduce(0) { sum, step in
      let difference = weights.indices.reduce(0.0) {
        $0 + Double(rounded[$1] - weights[$1]) * Double(inputs.values[step * inputs.width + $1])
      }
      return sum + difference * difference
    }
  }

  @Test(arguments: [1, 2, 7, 24]) func theFactorsGiveTheMatrixBack(size: Int) {
    let inputs = inputs(width: size)
    var matrix = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        for step in 0..<inputs.steps {
          matrix[i * size + j] += Double(inputs.values[step * size + i]) * Double(inputs.values[step * size + j])
        }
      }
    }
    let factor = UnitTriangularFactor(matrix, size: size)
    // U and the matrix fix D: D = U⁻¹ H U⁻ᵀ, which must come out diagonal.
    func solve(_ columns: [Double]) -> [Double] {
      var result = columns
      for row in stride(from: size - 1, through: 0, by: -1) {
        for other in row + 1..<max(row + 1, size) {
          for column in 0..<size { result[row * size + column] -= factor[row, other] * result[other * size + column] }
        }
      }
      return result
    }
    func transposed(_ a: [Double]) -> [Double] { (0..<size * size).map { a[$0 % size * size + $0 / size] } }
    let diagonal = solve(transposed(solve(matrix)))
    let largest = matrix.reduce(0) { max($0, abs($1)) }
    for i in 0..<size {
      #expect(diagonal[i * size + i] > 0)
      for j in 0..<size where i != j { #expect(abs(diagonal[i * size + j]) < 1e-9 * largest) }
    }
  }

  @Test func roundingMakesUpForEarlierRounding() {
    let (width, scale) = (24, Float(0.4))
    let inputs = inputs(width: width)
    let feedback = ErrorFeedback(inputs)
    var (plain, corrected) = (0.0, 0.0)
    for seed in 1...20 {
      let weights = Examples.normals(width, seed: UInt64(seed))
      let nearest = weights.map { IntegerGrid.weights(.int4).nearest($0, scale: scale) * scale }
      let rounded = feedback.round(weights, scale: { _ in scale }, grid: .weights(.int4)).map { Float($0) * scale }
      plain += error(nearest, weights, inputs)
      corrected += error(rounded, weights, inputs)
    }
    #expect(corrected < 0.25 * plain)
  }

  @Test func inputsWithoutRelationAreRoundedOneByOne() {
    let width = 12
    // One channel at a time, so that no two are ever seen together.
    var inputs = LayerInputs(width: width)
    let numbers = (0..<width * width).map { $0 / width == $0 % width ? Float(2) : 0 }
    numbers.withUnsafeBufferPointer { inputs.add($0, channels: width, dilation: 1, at: Array(0..<width)) }
    let weights = Examples.normals(width)
    let rounded = ErrorFeedback(inputs).round(weights, scale: { _ in 0.3 }, grid: .weights(.int4))
    #expect(rounded == weights.map { Int8(IntegerGrid.weights(.int4).nearest($0, scale: 0.3)) })
  }

  @Test func inputsThatWereNeverSeenDoNoHarm() {
    let silent = LayerInputs(width: 5)
    let weights = Examples.normals(5)
    let rounded = ErrorFeedback(silent).round(weights, scale: { _ in 0.3 }, grid: .weights(.int4))
    #expect(rounded == weights.map { Int8(IntegerGrid.weights(.int4).nearest($0, scale: 0.3)) })
  }

  @Test func layersWiderThanARunAreRoundedInRuns() {
    let width = ErrorFeedback.runLength + 40
    var inputs = LayerInputs(width: width)
    let numbers = Examples.normals(4 * width)
    numbers.withUnsafeBufferPointer { inputs.add($0, channels: width, dilation: 1, at: [0, 1, 2, 3]) }
    let weights = Examples.normals(width, seed: 2)
    let rounded = ErrorFeedback(inputs).round(weights, scale: { $0 < 5 ? 0.1 : 0.3 }, grid: .weights(.int4))
    #expect(rounded.count == width && rounded.allSatisfy { (-8...7).contains($0) })
    #expect(Set(rounded.suffix(40)).count > 5)
  }
}
