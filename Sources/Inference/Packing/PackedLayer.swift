import CKernels
import KodamaCore

/// The sizes of a layer as the kernels read it: a header of biases and scales, the weights of the past taps, and those of the
/// present one, each at an address of its own, in the layout that `Generation.h` documents.
package struct PackedLayer: Sendable {
  /// Numbers in a vector of the kernels: outputs are padded to whole vectors.
  package static let lanes = Int(KODAMA_LANES)

  /// Outputs, padded to whole vectors.
  package let outputs: Int
  /// Inputs of one tap, padded to whole rows.
  package let tapInputs: Int
  /// Taps before the present one.
  package let pastTaps: Int
  /// Bytes of biases and scales: [outputs] biases, then of integers without groups [outputs] scales.
  package let headerBytes: Int
  /// Bytes of the weights of one tap.
  package let tapBytes: Int

  /// - Parameter parts: equal runs of outputs that are padded each for itself.
  package init(_ layer: InferenceLayer, parts: Int = 1) {
    let precision = layer.precision
    outputs = parts * (layer.outputs / parts).roundedUp(toMultipleOf: Self.lanes)
    tapInputs = layer.channels.roundedUp(toMultipleOf: precision.inputMultiple)
    pastTaps = layer.taps - 1
    let row = outputs * MemoryLayout<Float>.stride
    // Each row has 32 bits of every output.
    let groups = precision.hasGroups ? tapInputs / Precision.groupSize : 0
    tapBytes = (tapInputs * precision.bits / 32 + groups) * row
    headerBytes = precision.hasIntegerInputs && !precision.hasGroups ? 2 * row : row
  }

  /// The offset of the scales in the header.
  package var scalesOffset: Int { outputs * MemoryLayout<Float>.stride }
  /// The inputs of the past taps together.
  package var pastInputs: Int { pastTaps * tapInputs }
}
