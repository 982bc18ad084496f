/// The input of a backend for a recurrence over time, but for the gates' inputs.
package struct Recurrence<S: Scalar>: Sendable {
  let unit: RecurrentUnit
  /// Whether the steps go from the last to the first.
  let isReversed: Bool
  /// [G · H, H].
  let weight: Tensor<S>
  /// [H], of the GRU.
  let productBias: Tensor<S>?
  /// [3, H], of the LSTM with peepholes.
  let peepholes: Tensor<S>?
  /// The state before the first step, [B, H] each.
  let initial: RecurrentState<Tensor<S>>

  /// The number H of hidden units.
  package var units: Int { weight.shape.last }
  /// Whether the state has a cell.
  package var hasCell: Bool { unit.hasCell }

  /// Gradients of the right shapes that are all 0, for a backend that computes nothing.
  package func zeroGradients(_ trace: RecurrenceTrace<S>, in resources: Resources) -> RecurrenceGradients<S> {
    func zeros(_ tensor: Tensor<S>) -> Tensor<S> { Tensor(tensor.shape, memory: resources.memory) }
    return RecurrenceGradients(
      gates: zeros(trace.gates), weight: zeros(weight), productBias: productBias.map(zeros),
      peepholes: peepholes.map(zeros), initial: initial.map(zeros))
  }
}

/// What a recurrence leaves for its backward pass, which takes place once and overwrites the gates.
package final class RecurrenceTrace<S: Scalar> {
  /// [B, T, G · H].
  var gates: Tensor<S>
  /// The hidden states, [B, T, H].
  package let outputs: Tensor<S>
  /// The cells of LSTM units, [B, T, H].
  package let cells: Tensor<S>?
  /// The recurrent products of the GRU's new gate, [B, T, H].
  let products: Tensor<S>?

  package init(
    gates: consuming Tensor<S>, outputs: Tensor<S>, cells: Tensor<S>? = nil, products: Tensor<S>? = nil
  ) {
    self.gates = gates
    (self.outputs, self.cells, self.products) = (outputs, cells, products)
  }
}

/// The gradients of the results of a recurrence; nil for 0.
package struct RecurrenceUpstream<S: Scalar> {
  /// Of all outputs, [B, T, H].
  let outputs: Tensor<S>?
  /// Of the state after the last step, [B, H] each.
  let hidden: Tensor<S>?
  let cell: Tensor<S>?
}

/// The gradients of the inputs of a recurrence, of their shapes.
package struct RecurrenceGradients<S: Scalar> {
  let gates: Tensor<S>
  let weight: Tensor<S>?
  let productBias: Tensor<S>?
  let peepholes: Tensor<S>?
  let initial: RecurrentState<Tensor<S>>
}
