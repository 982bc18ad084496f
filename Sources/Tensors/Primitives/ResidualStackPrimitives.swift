import CKernels

extension Scalar {
  /// The layers of residual stacks of this type.
  static var residualStackPrimitives: ResidualStackPrimitives<Self> {
    // The cast is made only where the types are equal, so it is an identity cast.
    if Self.self == Float.self {
      return unsafeDowncast(FloatResidualStackPrimitives.current, to: ResidualStackPrimitives<Self>.self)
    }
    return ResidualStackPrimitives<Self>()
  }
}

/// A layer of a residual stack whose activations are rows of frames: `stride` elements from channel to channel.
struct ResidualLayerRows<S: Scalar> {
  let channels, gates, conditions, taps, dilation: Int
  let activation: ResidualStackActivation
  /// The frames of a row.
  let frames: Int
  let stride: Int
  /// [R]
  let input: UnsafePointer<S>
  /// [D]
  let condition: UnsafePointer<S>
  /// [G]: z; the backward pass puts the gradients before the activation here.
  let gate: UnsafeMutablePointer<S>
  let weights: ResidualLayerWeights<UnsafePointer<S>>
}

/// The weights of a layer, packed in groups of outputs: [group][tap][input][output of the group].
struct ResidualLayerWeights<Value> {
  /// From R channels to G.
  var main: Value
  var bias: Value
  /// From D channels to G.
  var mixin: Value
  /// From G channels to R.
  var pointwise: Value
  var pointwiseBias: Value
  /// The same from G channels to R, and from R to G, of the backward pass.
  var mainTransposed, pointwiseTransposed: Value

  func map<R>(_ transform: (Value) -> R) -> ResidualLayerWeights<R> {
    ResidualLayerWeights<R>(
      main: transform(main), bias: transform(bias), mixin: transform(mixin), pointwise: transform(pointwise),
      pointwiseBias: transform(pointwiseBias), mainTransposed: transform(mainTransposed),
      pointwiseTransposed: transform(pointwiseTransposed))
  }
}

extension ResidualLayerWeights: Sendable where Value: Sendable {}

/// The rows of a forward pass over some frames.
struct ResidualLayerOutputs<S: Scalar> {
  let frames: Range<Int>
  /// [R]
  let output: UnsafeMutablePointer<S>
  /// [G]
  let sum: UnsafeMutablePointer<S>
  /// Whether the sum begins here.
  let begins: Bool
}

/// The rows of a backward pass over some frames. The first number of `output` and of `sum` is that of the frame `first`;
/// their rows are `chunk` elements apart.
struct ResidualLayerGradients<S: Scalar> {
  let first, chunk: Int
  /// The frames of the layer's outputs, and from which on the gradient of its input is computed.
  let frames: Range<Int>
  let inputBegin: Int
  /// The gradient of the next layer's input, which becomes that of this one's: [R].
  let output: UnsafeMutablePointer<S>
  /// Whether the gradient of the next layer's input is 0.
  let isZero: Bool
  /// [G]
  let sum: UnsafePointer<S>
  /// What is added to, in the shapes of tensors.
  let sums: ResidualStackLayer<UnsafeMutablePointer<S>>
}

/// The layers of residual stacks in plain Swift. All run on the calling thread.
///
/// `@unchecked Sendable`: it has no state.
class ResidualStackPrimitives<S: Scalar>: @unchecked Sendable {
  init() {}

  /// The outputs of the next group where so many are left.
  func group(_ left: Int) -> Int { 1 }

  /// A layer forward.
  @_specialize(where S == Double)
  func forward(_ layer: ResidualLayerRows<S>, _ outputs: ResidualLayerOutputs<S>) {
    let (stride, weights, f) = (layer.stride, layer.weights, layer.activation.function(S.self))
    for t in outputs.frames {
      for g in 0..<layer.gates {
        var a = weights.bias[g]
        for d in 0..<layer.conditions {
          a += weights.mixin[g * layer.conditions + d] * layer.condition[d * stride + t]
        }
        for k in 0..<layer.taps {
          let at = t - (layer.taps - 1 - k) * layer.dilation
          for r in 0..<layer.channels {
            a += weights.main[(g * layer.taps + k) * layer.channels + r] * layer.input[r * stride + at]
          }
        }
        let z = f(a)
        layer.gate[g * stride + t] = z
        outputs.sum[g * stride + t] = outputs.begins ? z : outputs.sum[g * stride + t] + z
      }
      for r in 0..<layer.channels {
        var y = layer.input[r * stride + t] + weights.pointwiseBias[r]
        for g in 0..<layer.gates { y += weights.pointwise[r * layer.gates + g] * layer.gate[g * stride + t] }
        outputs.output[r * stride + t] = y
      }
    }
  }

  /// A layer backward, in blocks of frames from the last to the first.
  @_specialize(where S == Double)
  func backward(_ layer: ResidualLayerRows<S>, _ gradients: ResidualLayerGradients<S>) {
    let (stride, weights, f) = (layer.stride, layer.weights, layer.activation.function(S.self))
    let (gates, channels, sums, chunk) = (layer.gates, layer.channels, gradients.sums, gradients.chunk)
    for t in gradients.frames {
      let at = t - gradients.first
      for r in 0..<channels {
        let dy = gradients.output[r * chunk + at]
        sums.pointwiseBias[r] += dy
        for g in 0..<gates { sums.pointwiseWeight[r * gates + g] += dy * layer.gate[g * stride + t] }
      }
      for g in 0..<gates {
        var dz = gradients.sum[g * chunk + at]
        for r in 0..<channels {
          dz += weights.pointwiseTransposed[g * channels + r] * gradients.output[r * chunk + at]
        }
        let z = layer.gate[g * stride + t]
        let da = dz * f.derivative(at: z, where: z)
        layer.gate[g * stride + t] = da
        sums.bias[g] += da
        for d in 0..<layer.conditions {
          sums.conditionWeight[g * layer.conditions + d] += da * layer.condition[d * stride + t]
        }
        for k in 0..<layer.taps {
          let from = t - (layer.taps - 1 - k) * layer.dilation
          for r in 0..<channels {
            sums.weight[(g * channels + r) * layer.taps + k] += da * layer.input[r * stride + from]
          }
        }
      }
    }
    for t in gradients.inputBegin..<gradients.frames.upperBound {
      for r in 0..<channels {
        var dx = gradients.output[r * chunk + t - gradients.first]
        for k in 0..<layer.taps {
          let later = t + (layer.taps - 1 - k) * layer.dilation
          if later >= layer.frames { continue }
          for g in 0..<gates {
            dx += weights.mainTransposed[(r * layer.taps + k) * gates + g] * layer.gate[g * stride + later]
          }
        }
        gradients.output[r * chunk + t - gradients.first] = dx
      }
    }
  }
}

extension ResidualStackPrimitives {
  /// The weights of a layer, packed.
  func packed(_ layer: ResidualStackLayer<Tensor<S>>) -> ResidualLayerWeights<Tensor<S>> {
    ResidualLayerWeights(
      main: packed(layer.weight), bias: layer.bias, mixin: packed(layer.conditionWeight),
      pointwise: packed(layer.pointwiseWeight), pointwiseBias: layer.pointwiseBias,
      mainTransposed: packed(layer.weight, transposed: true),
      pointwiseTransposed: packed(layer.pointwiseWeight, transposed: true))
  }

  /// A weight [outputs, inputs, taps], or the one from its outputs to its inputs.
  private func packed(_ weight: Tensor<S>, transposed: Bool = false) -> Tensor<S> {
    let (rows, columns, taps) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let (outputs, inputs) = transposed ? (columns, rows) : (rows, columns)
    let values = weight.withUnsafeBuffer { weight in
      packedInGroups(outputs: outputs, inputs: inputs, taps: taps, group: group) { output, input, tap in
        let (row, column) = transposed ? (input, output) : (output, input)
        return weight[(row * columns + column) * taps + tap]
      }
    }
    return Tensor([values.count], values)
  }
}

/// Single precision: the kernels of one instruction set.
///
/// `@unchecked Sendable`: the table is constant.
final class FloatResidualStackPrimitives: ResidualStackPrimitives<Float>, @unchecked Sendable {
  static let current = FloatResidualStackPrimitives()

  private let kernels: kodama_residual_stacks

  /// The kernels of an instruction set; by default `InstructionSet.current`.
  init(_ instructions: InstructionSet = .current) {
    kernels = kodama_residual_stacks_entry(instructions.index).pointee
  }

  override func group(_ left: Int) -> Int { kodama_amplifier_group(left) }

  override func forward(_ layer: ResidualLayerRows<Float>, _ outputs: ResidualLayerOutputs<Float>) {
    var (rows, to) = (
      layer.kernel,
      kodama_residual_outputs(
        begin: outputs.frames.lowerBound, end: outputs.frames.upperBound, output: outputs.output, sum: outputs.sum,
        begins: outputs.begins ? 1 : 0)
    )
    kernels.forward(&rows, &to)
  }

  override func backward(_ layer: ResidualLayerRows<Float>, _ gradients: ResidualLayerGradients<Float>) {
    let (weights, sums) = (layer.weights, gradients.sums)
    var (rows, from) = (
      layer.kernel,
      kodama_residual_gradients(
        first: gradients.first, chunk: gradients.chunk, begin: gradients.frames.lowerBound,
        end: gradients.frames.upperBound, input_begin: gradients.inputBegin, output: gradients.output,
        is_zero: gradients.isZero ? 1 : 0, sum: gradients.sum, main_transposed: weights.mainTransposed,
        pointwise_transposed: weights.pointwiseTransposed, main: sums.weight, bias: sums.bias,
        mixin: sums.conditionWeight, pointwise: sums.pointwiseWeight, pointwise_bias: sums.pointwiseBias)
    )
    kernels.backward(&rows, &from)
  }
}

extension ResidualLayerRows where S == Float {
  /// The layer as kernels take it.
  var kernel: kodama_residual_layer {
    let (function, slope) =
      switch activation {
      case .tanh: (KODAMA_AMPLIFIER_TANH, Float(0))
      case .leakyReLU(let slope): (KODAMA_AMPLIFIER_LEAKY_RELU, Float(slope))
      }
    return kodama_residual_layer(
      channels: channels, gates: gates, conditions: conditions, taps: taps, dilation: dilation, function: function,
      slope: slope, frames: frames, stride: stride, input: input, condition: condition, gate: gate,
      main: weights.main, bias: weights.bias, mixin: weights.mixin, pointwise: weights.pointwise,
      pointwise_bias: weights.pointwiseBias)
  }
}
