extension Variable {
  /// The recurrence of a layer over time, as one operator: the recurrent product, the gates and the state of each step
  /// are one kernel. This variable holds W · x + b of all steps and gates, [B, T, G · H]; its value is moved out, and the
  /// gates are computed in its memory.
  ///
  /// - Parameters:
  ///   - weight: the recurrent weight U, [G · H, H].
  ///   - productBias: of the GRU, added to the recurrent product of the new gate, [H]; nil for 0.
  ///   - peepholes: of the LSTM with peepholes, [3, H].
  ///   - initial: the state before the first step, [B, H] each; nil for 0.
  ///   - isReversed: whether the steps go from the last to the first.
  /// - Returns: the hidden state after each step, [B, T, H], and the state after the last, [B, H] each.
  /// - Precondition: the shapes match, and there is a step.
  package mutating func recurrence(
    _ unit: RecurrentUnit, weight: Variable, productBias: Variable? = nil, peepholes: Variable? = nil,
    initial: RecurrentState<Variable>? = nil, isReversed: Bool = false
  ) -> (outputs: Variable, state: RecurrentState<Variable>) {
    let (tape, workspace, gates) = (tape, tape.workspace, takeValue())
    let units = weight.shape.last
    precondition(
      gates.shape.rank == 3 && gates.shape.count > 0 && weight.shape == [unit.gates * units, units]
        && gates.shape.last == unit.gates * units,
      "a recurrence of unit \(unit) over inputs of shape \(gates.shape) with a weight of shape \(weight.shape)")
    let (batch, time) = (gates.shape[0], gates.shape[1])
    precondition(
      productBias.map { unit == .gru && $0.shape == [units] } ?? true,
      "a bias of shape \(productBias.map { "\($0.shape)" } ?? "none") of the product of \(units) units \(unit)")
    precondition(
      unit == .peepholeLSTM ? peepholes?.shape == [3, units] : peepholes == nil,
      "peepholes of shape \(peepholes.map { "\($0.shape)" } ?? "none") of \(units) units \(unit)")
    if let initial {
      precondition(
        initial.hidden.shape == [batch, units] && initial.cell?.shape == (unit.hasCell ? [batch, units] : nil),
        "an initial state of shape \(initial.hidden.shape), with a cell of shape "
          + (initial.cell.map { "\($0.shape)" } ?? "none") + ", of \(batch) signals and \(units) units \(unit)")
    }
    let zeros = initial == nil ? Tensor<S>([batch, units], workspace: workspace) : nil
    let recurrence = Recurrence(
      unit: unit, isReversed: isReversed, weight: weight.value, productBias: productBias?.value,
      peepholes: peepholes?.value,
      initial: initial?.map(\.value) ?? RecurrentState(hidden: zeros!, cell: unit.hasCell ? zeros : nil))
    let trace = workspace.backend.recurrence(gates, recurrence, in: workspace.resources)

    let last = isReversed ? 0 : time - 1
    func state(_ values: Tensor<S>) -> Tensor<S> {
      let layout = StridedLayout(values.shape).sliced(axis: 1, last..<last + 1)
      return workspace.read(values, through: layout).reshaped([batch, units])
    }
    let optional = [productBias, peepholes, initial?.hidden, initial?.cell]
    let needsWeight = weight.hasGradient
    let results = [trace.outputs, state(trace.outputs)] + (trace.cells.map { [state($0)] } ?? [])
    let outputs = tape.record([self, weight] + optional.compactMap { $0 }, outputs: results) { gradients in
      let upstream = RecurrenceUpstream(
        outputs: gradients[0].take(), hidden: gradients[1].take(), cell: gradients.count > 2 ? gradients[2].take() : nil
      )
      let found = workspace.backend.recurrenceGradients(
        recurrence, trace, upstream, needsWeight: needsWeight, in: workspace.resources)
      let others = [found.productBias, found.peepholes, found.initial.hidden, found.initial.cell]
      return [found.gates, found.weight] + zip(optional, others).compactMap { $0 == nil ? nil : .some($1) }
    }
    return (outputs[0], RecurrentState(hidden: outputs[1], cell: outputs.count > 2 ? outputs[2] : nil))
  }
}

extension RecurrentState {
  /// The state on a tape, as constants: gradients do not flow into the calls that it comes from.
  public func constant<S: Scalar>(on tape: Tape<S>) -> RecurrentState<Variable<S>> where Value == Tensor<S> {
    map(tape.constant)
  }

  /// The values of the state, without the tape that computed them.
  public func values<S: Scalar>() -> RecurrentState<Tensor<S>> where Value == Variable<S> { map(\.value) }
}
