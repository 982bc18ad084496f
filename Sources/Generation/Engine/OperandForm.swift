import KodamaWaveNets

/// The representation of a layer's input in a step buffer.
struct OperandForm: Hashable {
  let precision: Precision
  /// Of integers.
  let quantization: InputQuantization?

  init(_ precision: Precision, _ quantization: InputQuantization? = nil) {
    self.precision = precision
    self.quantization = quantization
  }

  init(_ layer: InferenceLayer) { self.init(layer.precision, layer.input) }

  /// The inputs of a tap are padded to a multiple of this.
  var inputMultiple: Int {
    switch precision {
    case .float32: 1
    case .bfloat16: 2
    case .int8: 4
    case .int4: InferenceLayer.groupSize
    }
  }

  /// Bytes of one tap's inputs.
  func bytes(channels: Int) -> Int {
    let padded = channels.roundedUp(toMultipleOf: inputMultiple)
    return switch precision {
    case .float32: 4 * padded
    case .bfloat16: 2 * padded
    case .int8, .int4: padded
    }
  }

  /// Layers whose inputs are of this form share them: 8-bit and 4-bit weights take the same integers.
  var key: Key {
    Key(width: precision.hasIntegerInputs ? 1 : precision == .float32 ? 4 : 2, quantization: quantization)
  }

  struct Key: Hashable {
    let width: Int
    let quantization: InputQuantization?
  }
}
