import KodamaTensors

/// The numbers of a layer as a graph holds them: what decides which operators compute it.
enum LayerForm {
  /// A product of single-precision numbers: weight [O, I, K] and bias [O].
  case float(weight: Tensor<Float>, bias: Tensor<Float>?)
}

extension GraphBuilder {
  /// A layer over all time steps, with zeros before the first.
  ///
  /// - Shapes: x [B, I, T] → [B, O, T].
  mutating func convolution(_ x: Value, _ form: LayerForm, dilation: Int, path: String) -> Value {
    switch form {
    case .float(let weight, let bias):
      let parameters = floatParameters(weight, bias, path: path)
      return node(path, .conv, [x] + parameters, Self.causal(kernelSize: weight.shape[2], dilation: dilation))
    }
  }

  /// A layer at one time step, whose taps stand beside each other: the tap varies faster than the channel.
  ///
  /// - Shapes: x [B, I · K] → [B, O].
  mutating func product(_ x: Value, _ form: LayerForm, path: String, output: String) -> Value {
    switch form {
    case .float(let weight, let bias):
      let matrix = weight.reshaped([weight.shape[0], weight.shape[1] * weight.shape[2]])
      return node(output, .gemm, [x] + floatParameters(matrix, bias, path: path), ["transB": .integer(1)])
    }
  }

  private mutating func floatParameters(_ weight: Tensor<Float>, _ bias: Tensor<Float>?, path: String) -> [Value] {
    var values = [constant(path + ".weight", Constant(weight))]
    if let bias { values.append(constant(path + ".bias", Constant(bias))) }
    return values
  }

  private static func causal(kernelSize: Int, dilation: Int) -> [String: Attribute] {
    ["dilations": .integers([dilation]), "pads": .integers([(kernelSize - 1) * dilation, 0])]
  }
}
