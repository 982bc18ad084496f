import KodamaCore

/// The context of operators: threads, a pool of reusable memory, and a backend.
public final class Workspace: Sendable {
  /// The threads and the memory.
  package let resources: Resources
  /// The backend that executes operators.
  package let backend: any Backend

  /// A workspace whose operators run on `workers`.
  public convenience init(workers: Workers = .serial) { self.init(workers: workers, backend: ProcessorBackend()) }

  /// A workspace for work that multiplies large matrices, such as training, on `workers`.
  ///
  /// - Parameter products: how causal convolutions and gated residual blocks are multiplied.
  /// - Throws: `ResourceFault.addressSpace` where a limit on address space is too low for these products, which would
  ///   never return.
  public convenience init(forProductsOn workers: Workers, products: ProductPrecision = .full) throws {
    try MatrixLibrary.checkMemory(for: workers)
    self.init(workers: workers, backend: ProcessorBackend(products: products))
  }

  /// A workspace with another backend.
  package init(workers: Workers, backend: any Backend) {
    resources = Resources(workers: workers)
    self.backend = backend
  }

  /// The threads of operators.
  public var workers: Workers { resources.workers }
}

extension Tensor {
  /// A tensor of equal elements in a workspace's memory.
  public init(_ shape: Shape, repeating value: S = 0, workspace: Workspace) {
    self.init(shape, repeating: value, memory: workspace.resources.memory)
  }

  /// A tensor with undefined elements in a workspace's memory, for operators that write all of them.
  init(undefined shape: Shape, workspace: Workspace) {
    self.init(undefined: shape, memory: workspace.resources.memory)
  }
}

// The backend's operations with this workspace's threads and memory.

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

  /// The sum over the axes along which `shape` was repeated to that of `x`: the gradient of broadcasting.
  func sum<S>(_ x: Tensor<S>, to shape: Shape) -> Tensor<S> {
    x.shape == shape ? x : reduce(.sum, x, axes: shape.repeatedAxes(in: x.shape)).reshaped(shape)
  }
}
