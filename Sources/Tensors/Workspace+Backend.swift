// What operators ask of the backend, with this workspace's threads and memory.

extension Workspace {
  func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>) -> Tensor<S> { backend.unary(function, x, in: resources) }

  func binary<S>(_ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
    backend.binary(operation, a, b, in: resources)
  }

  /// x (operation) a number.
  func binary<S>(_ operation: BinaryOperation, _ x: Tensor<S>, _ number: S) -> Tensor<S> {
    backend.binary(operation, x, Tensor([], [number]), in: resources)
  }

  func select<S>(mask: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
    backend.select(mask: mask, a, b, in: resources)
  }

  func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int]) -> Tensor<S> {
    backend.reduce(reduction, x, axes: axes, in: resources)
  }

  func read<S>(_ x: Tensor<S>, through layout: StridedLayout) -> Tensor<S> {
    backend.read(x, through: layout, in: resources)
  }

  /// `x` repeated to a shape.
  func broadcast<S>(_ x: Tensor<S>, to shape: Shape) -> Tensor<S> {
    x.shape == shape ? x : read(x, through: StridedLayout(x.shape).broadcast(to: shape))
  }

  /// The sum over the axes along which `shape` is repeated in that of `x`: the gradient of what was broadcast.
  func sum<S>(_ x: Tensor<S>, to shape: Shape) -> Tensor<S> {
    x.shape == shape ? x : reduce(.sum, x, axes: shape.repeatedAxes(in: x.shape)).reshaped(shape)
  }
}
