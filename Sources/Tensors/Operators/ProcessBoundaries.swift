// Values that other processes compute or need.

extension Tape {
  /// Values that another process computed, whose gradients it needs.
  ///
  /// - Parameter passOn: receives the gradients in the backward pass, 0 where nothing depends on a value.
  package func received(
    _ values: [Tensor<S>], passingOn passOn: @escaping (_ gradients: [Tensor<S>]) -> Void
  ) -> [Variable<S>] {
    let shapes = values.map(\.shape)
    // A leaf, so that the operator is recorded.
    return record([leaf(Tensor([], [0]))], outputs: values) { [workspace] gradients in
      passOn(zip(shapes, gradients).map { $1 ?? Tensor($0, workspace: workspace) })
      return [nil]
    }
  }

  /// The loss of a process whose values are the inputs of another one: a 0 whose backward pass starts from the gradients
  /// that come back.
  ///
  /// - Parameter gradients: called in the backward pass: those of the variables, in order.
  package func passedOn(_ variables: [Variable<S>], gradients: @escaping () -> [Tensor<S>]) -> Variable<S> {
    // A leaf, so that the operator is recorded.
    record(variables + [leaf(Tensor([], [0]))], output: Tensor([], [0])) { _ in gradients() + [nil] }
  }
}

extension Variable {
  /// The sum of the values that several processes have, each of which goes on with all of it.
  ///
  /// - Parameter add: adds up a tensor of all processes in place.
  /// - Source: Shoeybi et al. 2019, "Megatron-LM", §3: the operator g.
  package func summed(by add: (inout Tensor<S>) -> Void) -> Variable {
    var sum = value
    add(&sum)
    return tape.record([self], output: sum) { [$0] }
  }

  /// A value that is the same in several processes, each of which goes on with a part of the work.
  ///
  /// - Parameter add: adds up a tensor of all processes in place: the gradient.
  /// - Source: Shoeybi et al. 2019, "Megatron-LM", §3: the operator f.
  package func shared(by add: @escaping (inout Tensor<S>) -> Void) -> Variable {
    tape.record([self], output: value) { gradient in
      var sum = gradient
      add(&sum)
      return [sum]
    }
  }
}
