import KodamaTensors

/// Recurrent layers that advance by one time step at a time, for inference: their weights are packed once, the state is
/// carried from step to step, and nothing is recorded or allocated.
///
/// A value: a copy continues from the same state by itself. Each step runs on the calling thread.
public struct RecurrentStepper<S: Scalar>: Sendable {
  private var stack: RecurrentStack<S>

  /// Layers with their parameters, in the state 0.
  ///
  /// - Parameter streams: the signals that advance together.
  /// - Precondition: the layers run forward only, and there is a stream.
  public init(_ layer: RecurrentLayer, _ parameters: Parameters<S>, streams: Int = 1) {
    precondition(
      !layer.isBidirectional, "\(layer.path) runs in both directions of time: it cannot advance step by step")
    precondition(streams > 0, "\(layer.path) cannot advance \(streams) streams")
    let (unit, units) = (layer.unit, layer.units)
    let packed = layer.cells.map { cell in
      var bias = [S](repeating: 0, count: unit.gates * units)
      var productBias: Tensor<S>?
      if let inputBias = cell.inputBias, let recurrentBias = cell.bias {
        let (first, second) = (parameters[inputBias.name].elements, parameters[recurrentBias.name].elements)
        let shared = unit == .gru ? 2 * units : bias.count
        for index in bias.indices { bias[index] = first[index] + (index < shared ? second[index] : 0) }
        if unit == .gru { productBias = Tensor([units], Array(second[shared...])) }
      }
      return PackedRecurrence(
        unit, inputWeight: parameters[cell.inputWeight.name], weight: parameters[cell.weight.name],
        bias: Tensor([bias.count], bias), productBias: productBias,
        peepholes: cell.peepholes.map { parameters[$0.name] })
    }
    stack = RecurrentStack(packed, streams: streams)
  }

  /// The signals that advance together.
  public var streams: Int { stack.streams }
  /// The inputs I of a stream.
  public var inputs: Int { stack.inputs }
  /// The outputs H of a stream.
  public var outputs: Int { stack.units }

  /// The state, [layers, streams, H] each, as `RecurrentLayer.forward` takes and returns it.
  ///
  /// - Precondition: a new state has these shapes.
  public var state: RecurrentState<Tensor<S>> {
    get { stack.state }
    set { stack.state = newValue }
  }

  /// Sets the state to 0.
  public mutating func reset() { stack.reset() }

  /// Advances all streams by a step.
  ///
  /// - Parameters:
  ///   - x: the inputs, [streams, I].
  ///   - y: becomes the outputs of the last layer, [streams, H].
  /// - Precondition: the buffers have these sizes.
  public mutating func step(_ x: UnsafeBufferPointer<S>, _ y: UnsafeMutableBufferPointer<S>) {
    guard x.count == streams * inputs, y.count == streams * outputs, let from = x.baseAddress, let to = y.baseAddress
    else {
      preconditionFailure(
        "\(x.count) inputs and \(y.count) outputs of \(streams) streams with \(inputs) and \(outputs) each")
    }
    stack.step(from, to)
  }

  /// Advances all streams by a step: [streams, I] → [streams, H].
  public mutating func step(_ x: Tensor<S>) -> Tensor<S> {
    precondition(x.shape == [streams, inputs], "inputs of shape \(x.shape), not \(Shape([streams, inputs]))")
    return Tensor([streams, outputs]) { y in x.withUnsafeBuffer { step($0, y) } }
  }
}
