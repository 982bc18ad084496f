/// The activations of residual stacks whose derivative follows from their value.
package enum ResidualStackActivation: Sendable, Equatable {
  case tanh
  /// x, or `slope` · x where x < 0; the slope is not negative.
  case leakyReLU(slope: Double)

  /// The function on numbers.
  func function<S: Scalar>(_ type: S.Type) -> UnaryFunction<S> {
    switch self {
    case .tanh: .tanh
    case .leakyReLU(let slope): .leakyReLU(slope: S(slope))
    }
  }
}

/// A layer of a residual stack: its form, with the weights and biases or values associated with each.
package struct ResidualStackLayer<Value> {
  /// Taps.
  package let taps: Int
  /// Time steps between taps.
  package let dilation: Int
  /// f
  package let activation: ResidualStackActivation
  /// [G, R, K], of the dilated convolution.
  package var weight: Value
  /// [G].
  package var bias: Value
  /// [G, D, 1].
  package var conditionWeight: Value
  /// [R, G, 1].
  package var pointwiseWeight: Value
  /// [R].
  package var pointwiseBias: Value

  package init(
    taps: Int, dilation: Int, activation: ResidualStackActivation, weight: Value, bias: Value, conditionWeight: Value,
    pointwiseWeight: Value, pointwiseBias: Value
  ) {
    (self.taps, self.dilation, self.activation) = (taps, dilation, activation)
    (self.weight, self.bias, self.conditionWeight) = (weight, bias, conditionWeight)
    (self.pointwiseWeight, self.pointwiseBias) = (pointwiseWeight, pointwiseBias)
  }

  /// The time steps of the past that an output depends on.
  package var lookback: Int { (taps - 1) * dilation }

  /// Maps each value.
  func map<R>(_ transform: (Value) -> R) -> ResidualStackLayer<R> {
    ResidualStackLayer<R>(
      taps: taps, dilation: dilation, activation: activation, weight: transform(weight), bias: transform(bias),
      conditionWeight: transform(conditionWeight), pointwiseWeight: transform(pointwiseWeight),
      pointwiseBias: transform(pointwiseBias))
  }

  /// The values in order.
  var all: [Value] { [weight, bias, conditionWeight, pointwiseWeight, pointwiseBias] }
}

extension ResidualStackLayer: Sendable where Value: Sendable {}

/// A backend with residual stacks as fused operators.
package protocol ResidualStackBackend: Sendable {
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - condition: [B, T, D].
  func residualStack<S>(
    _ x: Tensor<S>, _ layers: [ResidualStackLayer<Tensor<S>>], condition: Tensor<S>, in resources: Resources
  ) -> ResidualStackResults<S>
}

/// The results of a residual stack, and its backward pass.
package struct ResidualStackResults<S: Scalar> {
  /// The gradients of the stack's inputs, which may be computed once. Its parameters:
  ///   - the gradient of the next layer's input, [B, T′, R]; nil where nothing depends on it;
  ///   - that of the sum, [B, T′, G]; nil likewise;
  ///   - whether the gradient of the input is needed.
  package typealias Backward = (Tensor<S>?, Tensor<S>?, Bool) -> ResidualStackGradients<S>

  /// [B, T′, R].
  package let next: Tensor<S>
  /// [B, T′, G].
  package let sum: Tensor<S>
  /// The backward pass, which retains the activations it needs.
  package let backward: Backward
}

/// The gradients of a residual stack.
package struct ResidualStackGradients<S: Scalar> {
  /// [B, T, R]; nil where not needed.
  package let input: Tensor<S>?
  package let layers: [ResidualStackLayer<Tensor<S>>]
}
