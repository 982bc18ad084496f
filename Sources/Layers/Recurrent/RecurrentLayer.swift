import KodamaTensors

/// Recurrent layers: stacked, and in both directions of time where wanted.
///
///     a_t = weight_ih · x_t + bias_ih + bias_hh      products of all steps at once
///     h_t = unit(a_t + weight_hh · h_(t−1))          one fused kernel a step
///
/// See `RecurrentUnit` for the units' formulas. Of the GRU's new gate, bias_hh belongs to the recurrent product. Layer 0
/// takes the input, each other one the outputs of the one below.
///
/// - Shapes: x [B, T, I] → outputs [B, T, D · H], where D is 2 in both directions, forward first; the state is
///   [layers · D, B, H], layer by layer, forward first, as of PyTorch's `RNN`, `LSTM` and `GRU`.
/// - Parameters in checkpoints, as of PyTorch, for each layer k: `<path>.weight_ih_l<k>` [G · H, I, later D · H],
///   `<path>.weight_hh_l<k>` [G · H, H], `<path>.bias_ih_l<k>` and `<path>.bias_hh_l<k>` [G · H], with gates in the order
///   (i, f, g, o) of the LSTM and (r, z, n) of the GRU; peepholes, which PyTorch does not have, `<path>.weight_p_l<k>`
///   [3, H] in the order (i, f, o). Those of the other direction end with `_reverse`.
///
/// Backpropagation through time covers a call as a whole. To truncate it, call with consecutive parts of the signals and
/// pass the values of each final state to the next call: gradients end there. A state that is given as variables passes
/// gradients on.
///
/// ```swift
/// var state: RecurrentState<Tensor<Float>>?
/// for part in parts {
///   let pass = Pass(parameters, phase: .training(seed: 1), workspace: workspace)
///   let (outputs, next) = layer.forward(pass.tape.constant(part), carrying: state, pass)
///   state = next.values()
///   // … a loss of the outputs, and a step of the optimizer
/// }
/// ```
///
/// - Source: see `RecurrentUnit`; in both directions, Schuster and Paliwal 1997; truncation, Williams and Peng 1990.
public struct RecurrentLayer: Layer, Equatable {
  /// The dotted path.
  public let path: String
  /// The unit.
  public let unit: RecurrentUnit
  /// The inputs I.
  public let inputs: Int
  /// The hidden units H of a layer and direction.
  public let units: Int
  /// The number of stacked layers.
  public let layers: Int
  /// Whether each layer runs in both directions of time.
  public let isBidirectional: Bool
  /// One for each layer and direction.
  let cells: [Cell]

  /// The parameters of one layer in one direction.
  struct Cell: Sendable, Equatable {
    let isReversed: Bool
    let inputWeight, weight: ParameterDeclaration
    let inputBias, bias, peepholes: ParameterDeclaration?

    var declarations: [ParameterDeclaration] {
      [inputWeight, weight] + [inputBias, bias, peepholes].compactMap { $0 }
    }
  }

  /// Recurrent layers under `path`.
  ///
  /// - Parameter initializer: of all parameters; nil for that of PyTorch, uniform in ±1/√H.
  /// - Precondition: the sizes are positive.
  public init(
    _ path: String, _ unit: RecurrentUnit, inputs: Int, units: Int, layers: Int = 1, isBidirectional: Bool = false,
    bias: Bool = true, initializer: Initializer? = nil
  ) {
    precondition(
      inputs > 0 && units > 0 && layers > 0,
      "\(path): no recurrent network has \(inputs) inputs and \(layers) layers of \(units) units")
    self.path = path
    self.unit = unit
    self.inputs = inputs
    self.units = units
    self.layers = layers
    self.isBidirectional = isBidirectional
    let (initial, rows, directions) = (initializer ?? .fanIn(units), unit.gates * units, isBidirectional ? 2 : 1)
    cells = (0..<layers * directions).map { index in
      let (layer, isReversed) = (index / directions, index % directions == 1)
      func declare(_ name: String, _ shape: Shape, isMatrix: Bool = false) -> ParameterDeclaration {
        ParameterDeclaration(
          "\(path).\(name)_l\(layer)" + (isReversed ? "_reverse" : ""), shape, initial, isMatrix: isMatrix)
      }
      return Cell(
        isReversed: isReversed,
        inputWeight: declare("weight_ih", [rows, layer == 0 ? inputs : directions * units], isMatrix: true),
        weight: declare("weight_hh", [rows, units], isMatrix: true),
        inputBias: bias ? declare("bias_ih", [rows]) : nil, bias: bias ? declare("bias_hh", [rows]) : nil,
        peepholes: unit == .peepholeLSTM ? declare("weight_p", [3, units]) : nil)
    }
  }

  public var declarations: [ParameterDeclaration] { cells.flatMap(\.declarations) }

  /// The directions D.
  var directions: Int { isBidirectional ? 2 : 1 }

  /// - Parameter initial: the state before the first step; nil for 0.
  /// - Precondition: I inputs, at least one signal and one step, and a state of these layers.
  /// - Shapes: [B, T, I] → [B, T, D · H]; the states are [layers · D, B, H].
  public func forward<S: Scalar>(
    _ x: Variable<S>, from initial: RecurrentState<Variable<S>>? = nil, _ pass: Pass<S>
  ) -> (outputs: Variable<S>, state: RecurrentState<Variable<S>>) {
    precondition(
      x.shape.rank == 3 && x.shape.count > 0 && x.shape.last == inputs,
      "\(path) takes inputs of shape [signals, steps, \(inputs)], not \(x.shape)")
    let shape: Shape = [cells.count, x.shape[0], units]
    if let initial {
      precondition(
        initial.hidden.shape == shape && initial.cell?.shape == (unit.hasCell ? shape : nil),
        "\(path) takes a state of shape \(shape)\(unit.hasCell ? " and a cell of this shape" : ""), not "
          + "\(initial.hidden.shape)\(initial.cell.map { " and a cell of shape \($0.shape)" } ?? "")")
    }
    var (outputs, states) = (x, [RecurrentState<Variable<S>>]())
    for first in stride(from: 0, to: cells.count, by: directions) {
      let results = (first..<first + directions).map { index in
        let state = initial?.map { $0.sliced(axis: 0, index..<index + 1).reshaped([x.shape[0], units]) }
        return forward(outputs, from: state, cells[index], pass)
      }
      states += results.map(\.state)
      outputs = isBidirectional ? .concatenated(results.map(\.outputs), axis: -1) : results[0].outputs
    }
    let hidden = Variable.stacked(states.map(\.hidden))
    return (outputs, RecurrentState(hidden: hidden, cell: unit.hasCell ? .stacked(states.compactMap(\.cell)) : nil))
  }

  /// The same from the values of a state, such as an earlier call's: no gradient flows into the call that they come from.
  ///
  /// - Precondition: as of the other.
  public func forward<S: Scalar>(
    _ x: Variable<S>, carrying state: RecurrentState<Tensor<S>>?, _ pass: Pass<S>
  ) -> (outputs: Variable<S>, state: RecurrentState<Variable<S>>) {
    forward(x, from: state?.constant(on: pass.tape), pass)
  }

  /// One layer in one direction.
  private func forward<S: Scalar>(
    _ x: Variable<S>, from initial: RecurrentState<Variable<S>>?, _ cell: Cell, _ pass: Pass<S>
  ) -> (outputs: Variable<S>, state: RecurrentState<Variable<S>>) {
    let (batch, time, channels, rows) = (x.shape[0], x.shape[1], x.shape.last, unit.gates * units)
    var bias: Variable<S>?
    var productBias: Variable<S>?
    if let inputBias = cell.inputBias, let recurrentBias = cell.bias {
      let recurrent = pass.parameter(recurrentBias.name)
      // The new gate's belongs to the recurrent product, which the reset gate scales.
      let added =
        unit == .gru ? recurrent.sliced(axis: 0, 0..<2 * units).padded(axis: 0, before: 0, after: units) : recurrent
      bias = pass.parameter(inputBias.name) + added
      if unit == .gru { productBias = recurrent.sliced(axis: 0, 2 * units..<rows) }
    }
    let geometry = ConvolutionGeometry(inputChannels: channels, outputChannels: rows)
    let weight = pass.parameter(cell.inputWeight.name).reshaped(geometry.weightShape)
    var gates = x.reshaped([1, batch * time, channels]).convolution(weight: weight, bias: bias, geometry: geometry)
      .reshaped([batch, time, rows])
    return gates.recurrence(
      unit, weight: pass.parameter(cell.weight.name), productBias: productBias,
      peepholes: cell.peepholes.map { pass.parameter($0.name) }, initial: initial, isReversed: cell.isReversed)
  }
}
