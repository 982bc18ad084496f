import CKernels

/// Where a packed matrix stands among the engine's weights: [output block][1 + inputs][lanes], as `Generation.h` says.
struct PackedMatrix: Sendable {
  /// Numbers in a vector of the kernels: outputs are padded to whole vectors.
  static let lanes = Int(KODAMA_LANES)

  /// Outputs, padded to whole vectors.
  let outputs: Int
  let inputs: Int
  /// The index of its first number.
  let offset: Int

  /// The numbers of a packed matrix, bias included.
  var count: Int { outputs * (1 + inputs) }

  /// The place of a matrix that begins at `offset`.
  init(_ matrix: DenseMatrix, offset: Int) {
    outputs = matrix.outputs.roundedUp(toMultipleOf: Self.lanes)
    inputs = matrix.inputs
    self.offset = offset
  }

  /// Writes the matrix into memory that is 0, in blocks of `blockOutputs`.
  func pack(_ matrix: DenseMatrix, blockOutputs: Int, into weights: UnsafeMutablePointer<Float>) {
    var target = weights + offset
    for first in stride(from: 0, to: outputs, by: blockOutputs) {
      let width = min(blockOutputs, outputs - first)
      let rows = first..<max(first, min(first + width, matrix.outputs))
      for row in rows { target[row - first] = matrix.bias[row] }
      target += width
      for input in 0..<inputs {
        for row in rows { target[row - first] = matrix.weights[row * inputs + input] }
        target += width
      }
    }
  }
}
