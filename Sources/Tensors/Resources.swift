import KodamaCore

/// What operators are carried out with: threads, and memory for results and in between.
package struct Resources: Sendable {
  /// The threads that operators share.
  package let workers: Workers
  /// The memory that results and intermediate values are taken from.
  package let memory: MemoryPool

  package init(workers: Workers, memory: MemoryPool = MemoryPool()) {
    self.workers = workers
    self.memory = memory
  }
}
