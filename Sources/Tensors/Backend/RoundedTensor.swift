import KodamaCore

/// The elements of a tensor rounded to bfloat16, in half of its memory.
///
/// `@unchecked Sendable`: the memory is written by the parts of parallel loops, each of which writes its own elements.
struct RoundedTensor: @unchecked Sendable {
  private let storage: Storage<Rounded>

  /// `count` undefined elements, for loops that write all of them.
  init(undefined count: Int, memory: MemoryPool) { storage = Storage(count: count, memory: memory) }

  /// The elements of a tensor, rounded.
  init<S>(_ tensor: Tensor<S>, in resources: Resources) {
    self.init(undefined: tensor.count, memory: resources.memory)
    let (source, target) = (tensor.region, self)
    resources.workers.forEachRun(of: tensor.count) { run in
      S.roundedProducts.round(
        rows: 1, columns: run.count, source.base + run.lowerBound, stride: run.count, target.base + run.lowerBound)
    }
    withExtendedLifetime(tensor) {}
  }

  /// The first element; valid as long as this value lives.
  var base: UnsafeMutablePointer<Rounded> { storage.base }
}
