import KodamaLayers
import KodamaTensors

/// The integer weights of a convolution, packed for the kernels: its taps side by side as one, biases and scales in front.
struct MapIntegerWeights: Sendable {
  let packed: Tensor<Float>
  let form: PackedLayer
  let input: InputQuantization
  let outputs: Int

  /// - Parameter tileOutputs: the outputs of a whole tile of the kernels.
  init(_ integers: MapIntegers, _ convolution: MapConvolution, tileOutputs: Int) {
    let geometry = convolution.geometry
    let taps = geometry.windows.reduce(1) { $0 * $1.kernelSize }
    let (channels, outputs) = (geometry.inputChannels, geometry.outputChannels)
    // [outputs, channels, taps] → [outputs, taps · channels], as the bytes of a position lie.
    let weights = (0..<outputs * taps * channels).map { index in
      let (output, place) = index.quotientAndRemainder(dividingBy: taps * channels)
      return integers.weights[(output * channels + place % channels) * taps + place / channels]
    }
    let layer = InferenceLayer(
      path: "", outputs: outputs, channels: taps * channels, taps: 1,
      weights: .int8(weights, scales: integers.scales),
      bias: convolution.bias.isEmpty ? nil : convolution.bias, input: integers.input)
    let form = PackedLayer(layer)
    packed = Tensor([(form.headerBytes + form.tapBytes) / MemoryLayout<Float>.stride]) { memory in
      guard let base = memory.baseAddress else { return }
      base.update(repeating: 0, count: memory.count)
      form.packHeader(layer, bias: layer.correctedBias.map { Float($0) }, parts: 1, into: base)
      form.packWeights(layer, parts: 1, taps: 0..<1, tileOutputs: tileOutputs, into: base + form.headerBytes / 4)
    }
    (self.form, self.outputs, input) = (form, outputs, integers.input)
  }
}
