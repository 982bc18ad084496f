import KodamaCore

/// A recurrent layer that is packed for single time steps.
package struct PackedRecurrence<S: Scalar>: Sendable {
  let unit: RecurrentUnit
  let inputs, units: Int
  /// The weights of inputs and of the hidden state, packed.
  let inputWeight, weight: Tensor<S>
  /// [G · H], padded to vectors.
  let bias: Tensor<S>
  let productBias, peepholes: Tensor<S>?

  /// Packs a layer.
  ///
  /// - Parameters:
  ///   - inputWeight: [G · H, I].
  ///   - weight: [G · H, H].
  ///   - bias: [G · H].
  ///   - productBias: [H], of the GRU.
  ///   - peepholes: [3, H], of the LSTM with peepholes.
  package init(
    _ unit: RecurrentUnit, inputWeight: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>, productBias: Tensor<S>?,
    peepholes: Tensor<S>?
  ) {
    let primitives = S.recurrentPrimitives
    self.unit = unit
    (inputs, units) = (inputWeight.shape[1], weight.shape[1])
    self.inputWeight = primitives.packed(inputWeight, memory: nil)
    self.weight = primitives.packed(weight, memory: nil)
    var row = Tensor<S>([primitives.padded(bias.count)])
    row.mutable.base.update(from: bias.region.base, count: bias.count)
    self.bias = row
    (self.productBias, self.peepholes) = (productBias, peepholes)
  }
}

/// Stacked recurrent layers that advance by single time steps, without a tape, and without allocation after creation.
package struct RecurrentStack<S: Scalar>: Sendable {
  private let layers: [PackedRecurrence<S>]
  /// The signals that advance together.
  package let streams: Int
  /// [layers, streams, H].
  private var hidden: Tensor<S>
  private var cell: Tensor<S>?
  /// The gates and the recurrent products of a layer, [2, streams, G · H], with rows padded to vectors.
  private var scratch: Tensor<S>

  /// Layers, each of which takes the outputs of the one before, in the state 0.
  ///
  /// - Precondition: at least one layer, all of one unit and size.
  package init(_ layers: [PackedRecurrence<S>], streams: Int) {
    precondition(!layers.isEmpty && streams > 0, "\(layers.count) recurrent layers advance \(streams) streams")
    self.layers = layers
    self.streams = streams
    let (unit, units) = (layers[0].unit, layers[0].units)
    hidden = Tensor([layers.count, streams, units])
    cell = unit.hasCell ? Tensor([layers.count, streams, units]) : nil
    scratch = Tensor([2, streams, S.recurrentPrimitives.padded(unit.gates * units)])
  }

  /// The inputs of a stream.
  package var inputs: Int { layers[0].inputs }
  /// The hidden units of a layer.
  package var units: Int { layers[0].units }

  /// The state, [layers, streams, H].
  ///
  /// - Precondition: a new state has these shapes.
  package var state: RecurrentState<Tensor<S>> {
    get { RecurrentState(hidden: hidden, cell: cell) }
    set {
      precondition(
        newValue.hidden.shape == hidden.shape && newValue.cell?.shape == cell?.shape,
        "a state of shape \(newValue.hidden.shape) for \(hidden.shape)"
          + (cell.map { ", a cell of shape \(newValue.cell.map { "\($0.shape)" } ?? "none") for \($0.shape)" } ?? ""))
      // Copied, so that a step does not find the memory shared.
      replace(&hidden, newValue.hidden)
      if let values = newValue.cell { replace(&cell!, values) }
    }
  }

  private func replace(_ tensor: inout Tensor<S>, _ values: Tensor<S>) {
    tensor.mutable.base.update(from: values.region.base, count: values.count)
    withExtendedLifetime(values) {}
  }

  /// Sets the state to 0.
  package mutating func reset() {
    hidden.mutable.base.update(repeating: 0, count: hidden.count)
    if let count = cell?.count { cell!.mutable.base.update(repeating: 0, count: count) }
  }

  /// Advances all streams by a step.
  ///
  /// - Parameters:
  ///   - x: [streams, I].
  ///   - y: [streams, H], the outputs of the last layer.
  @_specialize(where S == Float)
  @_specialize(where S == Double)
  package mutating func step(_ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>) {
    let (primitives, units) = (S.recurrentPrimitives, units)
    let (h, c, gates, extent) = (hidden.mutable.base, cell?.mutable.base, scratch.mutable.base, scratch.count / 2)
    var input = SignalRows(x, stride: inputs)
    for (index, layer) in layers.enumerated() {
      let columns = extent / streams
      let rows = SignalRows(gates, stride: columns)
      primitives.multiplyPacked(
        rows: streams, columns: columns, inner: layer.inputs, input, layer.inputWeight.region.base,
        bias: layer.bias.region.base, adds: false, rows)
      let first = index * streams * units
      let state = RecurrentState(
        hidden: SignalRows(h + first, stride: units), cell: c.map { SignalRows($0 + first, stride: units) })
      primitives.forward(
        RecurrentStep(
          unit: layer.unit, rows: streams, units: units, weight: layer.weight.region.base,
          productBias: layer.productBias?.region.base, peepholes: layer.peepholes?.region.base, gates: rows,
          previous: state, next: state, product: nil), scratch: gates + extent)
      input = state.hidden
    }
    y.update(from: h + (layers.count - 1) * streams * units, count: streams * units)
    withExtendedLifetime(self) {}
  }
}
