import CKernels
import KodamaCore
import KodamaWaveNets

/// A layer's numbers as the kernels read them, packed for one width of blocks: a header of biases and scales, the weights
/// of the past taps, and those of the present one, each as `Generation.h` says and at a place of its own.
struct PackedLayer: Sendable {
  /// Numbers in a vector of the kernels: outputs are padded to whole vectors.
  static let lanes = Int(KODAMA_LANES)

  /// Outputs, padded to whole vectors.
  let outputs: Int
  /// Inputs of one tap, padded to whole rows.
  let tapInputs: Int
  /// Taps before the present one.
  let pastTaps: Int
  /// Bytes of biases and scales: [outputs] biases, then for int8 [outputs] scales.
  let headerBytes: Int
  /// Bytes of the weights of one tap.
  let tapBytes: Int

  /// - Parameter parts: equal runs of outputs that are padded each for itself.
  init(_ layer: InferenceLayer, parts: Int = 1) {
    let precision = layer.precision
    outputs = parts * (layer.outputs / parts).roundedUp(toMultipleOf: Self.lanes)
    let form = OperandForm(precision)
    tapInputs = layer.channels.roundedUp(toMultipleOf: form.inputMultiple)
    pastTaps = layer.taps - 1
    let row = outputs * MemoryLayout<Float>.stride
    tapBytes =
      switch precision {
      case .float32: tapInputs * row
      case .bfloat16: tapInputs / 2 * row
      case .int8: tapInputs / 4 * row
      case .int4: (tapInputs / 8 + tapInputs / InferenceLayer.groupSize) * row
      }
    headerBytes = precision == .int8 ? 2 * row : row
  }

  /// Where the scales stand in the header.
  var scalesOffset: Int { outputs * MemoryLayout<Float>.stride }
  /// The inputs of the past taps together.
  var pastInputs: Int { pastTaps * tapInputs }
}

extension Int {
  /// The smallest multiple of `multiple` that is not below this number.
  func roundedUp(toMultipleOf multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
