import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Broadcasting, copies through layouts, reductions and products of tensors against loops over indices, one element at a
/// time.
@Suite struct LayoutTests {
  private let workspace = Workspace(workers: Workers(threads: 2))

  private func random(_ shape: Shape, seed: UInt64 = 1) -> Tensor<Float> {
    var generator = Philox(seed: seed, stream: UInt64(shape.count))
    return Tensor(shape, (0..<shape.count).map { _ in Float(generator.normal()) })
  }

  /// Every index of a shape in row-major order.
  private func indices(_ shape: Shape) -> [[Int]] {
    shape.extents.reduce([[]]) { partial, extent in partial.flatMap { index in (0..<extent).map { index + [$0] } } }
  }

  private func element(_ x: Tensor<Float>, _ index: some Collection<Int>) -> Float {
    x.elements[zip(index, x.shape.extents).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  /// The element that an index of a larger shape finds in a tensor that was broadcast.
  private func broadcastElement(_ x: Tensor<Float>, _ index: [Int]) -> Float {
    element(x, zip(index.suffix(x.shape.rank), x.shape.extents).map { $1 == 1 ? 0 : $0 })
  }

  @Test func shapesAreBroadcastAsNumpyDoes() {
    #expect(Shape([2, 3]).broadcast(with: [3]) == [2, 3])
    #expect(Shape([2, 1, 4]).broadcast(with: [3, 1]) == [2, 3, 4])
    #expect(Shape([]).broadcast(with: [2, 3]) == [2, 3])
    #expect(Shape([]).broadcast(with: []) == [])
    #expect(Shape([0, 3]).broadcast(with: [1, 1]) == [0, 3])
    #expect(Shape([2, 3]).broadcast(with: [2]) == nil)
    #expect(Shape([2]).broadcast(with: [3]) == nil)
    #expect(Shape([0]).broadcast(with: [2]) == nil)
  }

  @Test(
    arguments: [
      ([2, 3], [2, 3]), ([2, 3], [3]), ([2, 3], [2, 1]), ([4, 1, 3], [5, 1]), ([1], [3, 2, 2]), ([], [2, 2]),
      ([2, 3, 4, 5], [3, 1, 5]), ([2, 3, 4, 5], [2, 1, 1, 5]), ([3, 1, 1, 2], [1, 4, 5, 1]),
      ([70, 1, 1000], [70, 3, 1]),
    ] as [(Shape, Shape)])
  func operationsBroadcast(a: Shape, b: Shape) {
    let (x, y) = (random(a), random(b, seed: 2))
    let shape = a.broadcast(with: b)!
    for (first, second) in [(x, y), (y, x)] {
      let z = workspace.binary(.subtract, first, second)
      #expect(z.shape == shape)
      if shape.count < 1000 {
        #expect(z.elements == indices(shape).map { broadcastElement(first, $0) - broadcastElement(second, $0) })
      } else {
        let full = workspace.binary(
          .subtract, workspace.broadcast(first, to: shape), workspace.broadcast(second, to: shape))
        #expect(z == full)
      }
    }
  }

  @Test(
    arguments: [
      ([3, 4], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4, 5], [3, 1, 2, 0]),
      ([1, 5, 1], [2, 1, 0]),
      ([33, 65], [1, 0]), ([2, 40, 50], [0, 2, 1]),
    ] as [(Shape, [Int])])
  func permutations(shape: Shape, axes: [Int]) {
    let x = random(shape)
    let y = workspace.read(x, through: StridedLayout(shape).permuted(axes))
    #expect(y.shape == Shape(axes.map { shape[$0] }))
    #expect(
      y.elements
        == indices(y.shape).map { index in element(x, shape.extents.indices.map { index[axes.firstIndex(of: $0)!] }) })
  }

  @Test func slicesAndPlaces() {
    let x = random([4, 7, 3])
    for (axis, range, step) in [(0, 1..<3, 1), (1, 2..<7, 2), (1, 0..<7, 3), (2, 0..<1, 1), (1, 3..<3, 1)] {
      let layout = StridedLayout(x.shape).sliced(axis: axis, range, step: step)
      let y = workspace.read(x, through: layout)
      func source(_ index: [Int]) -> [Int] {
        var index = index
        index[axis] = range.lowerBound + index[axis] * step
        return index
      }
      #expect(y.elements == indices(y.shape).map { element(x, source($0)) })
      var target = Tensor<Float>(x.shape)
      workspace.backend.write(y, to: &target, through: layout, in: workspace.resources)
      let written = Set(indices(y.shape).map(source))
      #expect(target.elements == indices(x.shape).map { written.contains($0) ? element(x, $0) : 0 })
    }
  }

  @Test(
    arguments: [
      ([3, 4], [0]), ([3, 4], [1]), ([3, 4], [0, 1]), ([2, 3, 4], [1]), ([2, 3, 4], [0, 2]), ([2, 3, 4, 5], [0, 2]),
      ([2, 3, 4, 5], [1, 2]), ([2, 1, 4, 1], [1, 2, 3]), ([5], []), ([1, 1], [0]), ([2, 3, 4, 5], [0, 1, 3]),
    ] as [(Shape, [Int])])
  func reductions(shape: Shape, axes: [Int]) {
    let x = random(shape)
    for reduction in Reduction.allCases {
      let got = workspace.reduce(reduction, x, axes: axes)
      let kept = shape.collapsing(axes: axes)
      #expect(got.shape == kept)
      let expected = indices(kept).map { target in
        indices(shape).filter { index in
          shape.extents.indices.allSatisfy { axes.contains($0) || index[$0] == target[$0] }
        }
        .map { Double(element(x, $0)) }.withUnsafeBufferPointer { Float(reduction($0)) }
      }
      expectClose(got, Tensor(kept, expected), tolerance: 1e-6, "\(reduction) of \(shape) along \(axes)")
    }
  }

  /// Sums over many elements are formed in parts that do not depend on the number of threads.
  @Test func longReductions() {
    for (shape, axes) in [([400_000], [0]), ([2, 200_000], [1]), ([90_000, 5], [0]), ([3, 50_000, 4], [1])]
      as [(Shape, [Int])]
    {
      let x = random(shape)
      for reduction in Reduction.allCases {
        let got = workspace.reduce(reduction, x, axes: axes)
        #expect(got == Workspace().reduce(reduction, x, axes: axes))
        let exact = Workspace().reduce(reduction, x.converted(to: Double.self), axes: axes)
        expectClose(got, exact.converted(to: Float.self), tolerance: 1e-5, "\(reduction) of \(shape)")
      }
    }
  }

  @Test func theLargestAlongAnAxis() {
    let x = Tensor<Float>([2, 3], [1, 5, 5, -1, -3, -2])
    #expect(x.indicesOfLargest() == [1, 0])
    #expect(x.indicesOfLargest(along: 0) == [0, 0, 0])
    #expect(Tensor<Float>([3], [1, .nan, 7]).indicesOfLargest() == [1])
  }

  @Test(
    arguments: [
      ([3, 4], [4, 5]), ([2, 3, 4], [2, 4, 5]), ([2, 1, 3, 4], [5, 4, 2]), ([1, 2, 3], [7, 3, 4]),
      ([1100, 3], [3, 2]),
    ] as [(Shape, Shape)])
  func matrixProducts(a: Shape, b: Shape) {
    let (x, y) = (random(a), random(b, seed: 2))
    let product = workspace.backend.matrixProduct(x, transposed: false, y, transposed: false, in: workspace.resources)
    let inner = a.last
    let expected = indices(product.shape).map { index in
      (0..<inner).reduce(Float(0)) { sum, k in
        let outer = Array(index.dropLast(2))
        return sum + broadcastElement(x, outer + [index[index.count - 2], k])
          * broadcastElement(y, outer + [k, index[index.count - 1]])
      }
    }
    expectClose(product, Tensor(product.shape, expected), tolerance: 1e-6)
    // Transposed operands, stored the other way around.
    func transposed(_ x: Tensor<Float>) -> Tensor<Float> {
      let axes = Array(x.shape.extents.indices)
      return workspace.read(
        x, through: StridedLayout(x.shape).permuted(axes.dropLast(2) + [axes.count - 1, axes.count - 2]))
    }
    for (first, second) in [(true, false), (false, true), (true, true)] {
      let again = workspace.backend.matrixProduct(
        first ? transposed(x) : x, transposed: first, second ? transposed(y) : y, transposed: second,
        in: workspace.resources)
      expectClose(again, product, tolerance: 1e-6, "transposed \(first) \(second)")
    }
  }

  /// A long inner axis is divided into partial sums, the same for any number of threads.
  @Test func longMatrixProducts() {
    let (x, y) = (random([5000, 7]), random([5000, 9], seed: 2))
    let product = workspace.backend.matrixProduct(x, transposed: true, y, transposed: false, in: workspace.resources)
    let serial = Workspace()
    #expect(product == serial.backend.matrixProduct(x, transposed: true, y, transposed: false, in: serial.resources))
    let exact = serial.backend.matrixProduct(
      x.converted(to: Double.self), transposed: true, y.converted(to: Double.self), transposed: false,
      in: serial.resources)
    expectClose(product, exact.converted(to: Float.self), tolerance: 1e-5)
  }
}
