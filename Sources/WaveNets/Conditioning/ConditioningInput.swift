import KodamaTensors

/// What conditions a pass through the residual blocks.
package struct ConditioningInput<S: Scalar> {
  /// A vector for each signal, [B, 1, C]; nil where no labels condition.
  let labels: Variable<S>?
  /// A vector for each step, [B, T, C]; nil where no features condition. The fused block puts itself between this and the
  /// blocks after it, so that each adds to one gradient in the backward pass.
  package var features: Variable<S>?
}
