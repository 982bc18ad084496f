import KodamaCore

/// Where operators work: the threads they share, the memory they use again, and the backend that carries them out.
public final class Workspace: Sendable {
  /// The threads and the memory.
  package let resources: Resources
  /// What carries operators out.
  package let backend: any Backend

  /// A workspace whose operators run on `workers`.
  public convenience init(workers: Workers = .serial) { self.init(workers: workers, backend: ProcessorBackend()) }

  /// A workspace for work that multiplies large matrices, such as training, on `workers`.
  ///
  /// - Throws: `ResourceFault.addressSpace` where a limit of address space leaves too little for these products, which
  ///   would never end.
  public convenience init(forProductsOn workers: Workers) throws {
    try MatrixLibrary.checkMemory(for: workers)
    self.init(workers: workers)
  }

  /// A workspace whose operators another backend carries out.
  package init(workers: Workers, backend: any Backend) {
    resources = Resources(workers: workers)
    self.backend = backend
  }

  /// The threads that operators share.
  public var workers: Workers { resources.workers }
}

extension Tensor {
  /// A tensor of equal elements in a workspace's memory.
  public init(_ shape: Shape, repeating value: S = 0, workspace: Workspace) {
    self.init(shape, repeating: value, memory: workspace.resources.memory)
  }

  /// A tensor in a workspace's memory whose elements are undefined until written, for operators that write all of them.
  init(undefined shape: Shape, workspace: Workspace) {
    self.init(undefined: shape, memory: workspace.resources.memory)
  }
}
