#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A row-major array of numbers with a shape. A value: copies share memory until one of them is written.
public struct Tensor<S: Scalar>: Sendable {
  /// The extents, outermost first.
  public private(set) var shape: Shape
  private var storage: Storage<S>

  /// A tensor with undefined elements, for operators that write all of them.
  package init(undefined shape: Shape, memory: MemoryPool?) {
    self.shape = shape
    storage = Storage(count: shape.count, memory: memory)
  }

  /// A tensor of equal elements.
  public init(_ shape: Shape, repeating value: S = 0) { self.init(shape, repeating: value, memory: nil) }

  /// A tensor of equal elements in memory of a pool, if given.
  package init(_ shape: Shape, repeating value: S = 0, memory: MemoryPool?) {
    self.init(undefined: shape, memory: memory)
    // Unspecialized code would fill element by element through a function.
    if value == 0 {
      UnsafeMutableRawPointer(storage.base).initializeMemory(
        as: UInt8.self, repeating: 0, count: shape.count * MemoryLayout<S>.stride)
    } else {
      withUnsafePointer(to: value) { S.primitives.fillRows(rows: shape.count, columns: 1, $0, storage.base) }
    }
  }

  /// A tensor of the given elements in row-major order.
  ///
  /// - Precondition: there are as many elements as the shape has.
  public init(_ shape: Shape, _ elements: some Collection<S>) {
    precondition(elements.count == shape.count, "\(elements.count) elements do not fill shape \(shape)")
    self.init(undefined: shape, memory: nil)
    _ = UnsafeMutableBufferPointer(start: storage.base, count: shape.count).initialize(from: elements)
  }

  /// A tensor whose uninitialized memory is written by `fill`, for readers of files.
  package init(_ shape: Shape, filling fill: (UnsafeMutableBufferPointer<S>) throws -> Void) rethrows {
    self.init(undefined: shape, memory: nil)
    defer { withExtendedLifetime(storage) {} }
    try fill(UnsafeMutableBufferPointer(start: storage.base, count: shape.count))
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The elements in order, copied.
  public var elements: [S] { withUnsafeBuffer { Array($0) } }

  /// The element at an index for every axis.
  public subscript(_ indices: Int...) -> S {
    get { storage.base[offset(indices)] }
    set {
      let offset = offset(indices)
      mutable.base[offset] = newValue
    }
  }

  /// The only element.
  ///
  /// - Precondition: the tensor has one element.
  public var item: S {
    precondition(count == 1, "a tensor of shape \(shape) has \(count) elements, not one")
    return storage.base[0]
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: equal numbers of elements.
  public func reshaped(_ shape: Shape) -> Tensor {
    precondition(
      shape.count == count, "shape \(self.shape) cannot become \(shape): \(count) elements, not \(shape.count)")
    var result = self
    result.shape = shape
    return result
  }

  /// Consecutive elements as a tensor that shares this tensor's memory until either is written.
  ///
  /// - Precondition: there are as many elements as the shape has.
  package func part(_ range: Range<Int>, shape: Shape) -> Tensor {
    precondition(range.count == shape.count, "\(range.count) elements do not fill shape \(shape)")
    return Tensor(storage: Storage(range, of: storage), shape: shape)
  }

  private init(storage: Storage<S>, shape: Shape) {
    self.storage = storage
    self.shape = shape
  }

  /// Calls `body` with the elements in order.
  public func withUnsafeBuffer<R>(_ body: (UnsafeBufferPointer<S>) throws -> R) rethrows -> R {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.base, count: count))
  }

  /// Calls `body` with some elements for writing. Copies shared memory first.
  package mutating func withUnsafeMutableBuffer<R>(
    of range: Range<Int>, _ body: (UnsafeMutableBufferPointer<S>) throws -> R
  ) rethrows -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "elements \(range) of \(count)")
    let base = mutable.base
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// The elements for reading; valid as long as this tensor lives.
  var region: Region<S> { Region(base: UnsafePointer(storage.base), count: count) }

  /// The elements for writing; valid as long as this tensor lives and is not copied. Copies shared memory first.
  var mutable: MutableRegion<S> {
    mutating get {
      if storage.isPart || !isKnownUniquelyReferenced(&storage) {
        let copy = Storage<S>(count: count, memory: nil)
        copy.base.initialize(from: storage.base, count: count)
        storage = copy
      }
      return MutableRegion(base: storage.base, count: count)
    }
  }

  private func offset(_ indices: [Int]) -> Int {
    precondition(indices.count == shape.rank, "\(indices.count) indices for shape \(shape)")
    var offset = 0
    for (index, extent) in zip(indices, shape.extents) {
      precondition((0..<extent).contains(index), "index \(indices) is outside shape \(shape)")
      offset = offset * extent + index
    }
    return offset
  }
}

/// A run of elements in memory that several threads read.
///
/// `@unchecked Sendable`: it is read-only, and the owner of the tensor prevents concurrent writes.
struct Region<S: Scalar>: @unchecked Sendable {
  let base: UnsafePointer<S>
  let count: Int
}

/// A run of elements in memory that several threads write.
///
/// `@unchecked Sendable`: parallel loops over regions must not write elements that another part accesses.
struct MutableRegion<S: Scalar>: @unchecked Sendable {
  let base: UnsafeMutablePointer<S>
  let count: Int
}

extension Tensor: Equatable {
  /// Equal shapes and equal bits: NaN equals itself, 0 differs from −0.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape
      && a.withUnsafeBuffer { x in
        b.withUnsafeBuffer { y in memcmp(x.baseAddress!, y.baseAddress!, a.count * MemoryLayout<S>.stride) == 0 }
      }
  }
}

extension Tensor {
  /// The elements in another precision.
  public func converted<T: Scalar>(to type: T.Type) -> Tensor<T> {
    Tensor<T>(shape, withUnsafeBuffer { $0.map { T($0) } })
  }
}
