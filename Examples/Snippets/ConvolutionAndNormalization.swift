import Kodama

/// The lengths that windows give.
public func outputLengths() -> [Int] {
  let window = SlidingWindow(3, stride: 2, padding: .same)
  let dilated = SlidingWindow(3, dilation: 4, padding: .causal)
  let plain = SlidingWindow(5, stride: 3)
  let lengths = [window.outputLength(7), dilated.outputLength(7), plain.outputLength(7)]  // 4, 7, 1
  return lengths
}

/// The shape of what two layers make of a sound, which may be too short for them.
public func shapeAfterTwoLayers(_ sound: [Float]) throws -> Shape {
  let convolution = Convolution(
    "first", ConvolutionGeometry(inputChannels: 1, outputChannels: 16, windows: [SlidingWindow(400, stride: 160)]))
  let pooling = Pooling.sliding(PoolingGeometry(.maximum, windows: [SlidingWindow(4, stride: 4)]))
  let shape = try pooling.outputShape(of: convolution.outputShape(of: [1, sound.count, 1]))
  return shape
}

/// An ordinary convolution, one that is depthwise-separable in its place, and what each costs on a map.
public func multiplyAdds() -> (ordinary: Int, separable: Int) {
  let window = SlidingWindow(3, padding: .same)
  let ordinary = Convolution(
    "ordinary", ConvolutionGeometry(inputChannels: 64, outputChannels: 128, windows: [window, window]))
  let separable = SeparableConvolution(
    "separable", inputChannels: 64, outputChannels: 128, windows: [window, window])
  let map: Shape = [1, 56, 56, 64]
  let cost = ordinary.geometry.multiplyAdds(of: map)  // 231,211,008
  let parts = [separable.depthwise, separable.pointwise].map { $0.geometry.multiplyAdds(of: map) }
  let separableCost = parts[0] + parts[1]  // 1,806,336 + 25,690,112
  return (cost, separableCost)
}

/// The length of a signal that a transposed convolution makes longer.
public func upsampledLength() -> Int {
  let upsampling = TransposedConvolution(
    "upsampling", inputChannels: 80, outputChannels: 80,
    windows: [SlidingWindow(8, stride: 4, padding: .explicit(before: 2, after: 2))])
  let length = upsampling.outputLength(100, axis: 0)  // 400
  return length
}

/// A convolution with batch normalization, and a map through it.
public func normalizedMap() -> Variable<Float> {
  let window = SlidingWindow(3, stride: 2, padding: .same)
  let convolution = Convolution(
    "first", ConvolutionGeometry(inputChannels: 1, outputChannels: 16, windows: [window, window]), bias: false)
  let normalization = BatchNormalization("firstNorm", channels: 16)
  var parameters = Parameters<Float>(convolution.declarations + normalization.declarations, seed: 1)

  let pass = Pass(parameters, phase: .training(seed: 1))
  let map = pass.tape.constant(Tensor<Float>([2, 32, 32, 1], repeating: 0.5))
  let output = normalization.forward(convolution.forward(map, pass), pass).relu()
  parameters.replace(pass.stateUpdates)  // the running mean and variance, which the Trainer takes over by itself
  return output
}

/// The other normalizations of 16 channels.
public func normalizations() -> [any Layer] {
  let layers: [any Layer] = [
    LayerNormalization("layer", [16]),  // each position over its channels
    GroupNormalization("maps", groups: 1, channels: 16),  // each sample over channels and positions
    GroupNormalization("group", groups: 4, channels: 16),
    GroupNormalization.instance("instance", channels: 16),
    RMSNormalization("rms", [16]),
    Convolution.pointwise("weight", inputChannels: 16, outputChannels: 32, weightNormalization: true),
  ]
  return layers
}
