/// Sums over time that several lanes form side by side, added in the order of the lanes at the end: one order of
/// summation whatever the number of threads.
struct LaneSums<S: Scalar> {
  private var partial: Tensor<S>
  private let shape: Shape

  /// Room for `lanes` sums of one shape, each 0.
  init(_ shape: Shape, lanes: Int, memory: MemoryPool) {
    self.shape = shape
    partial = Tensor(Shape([max(1, lanes)] + shape.extents), memory: memory)
  }

  /// Where the lanes add up, for the loop: lane l has the elements from l · count on.
  var region: MutableRegion<S> { mutating get { partial.mutable } }
  /// The elements of one lane.
  var count: Int { shape.count }

  /// The sum of the lanes.
  consuming func total() -> Tensor<S> {
    var result = Tensor<S>(shape)
    let (target, source) = (result.mutable, partial.region)
    defer { withExtendedLifetime(partial) {} }
    for lane in 0..<partial.shape[0] {
      S.primitives.add(n: count, target.base, source.base + lane * count, target.base)
    }
    return result
  }
}
