import KodamaTensors

/// Numbers in memory with a canary on both sides.
public final class Guarded {
  private static let canary: Float = -12345.678
  private static let width = 16

  private let memory: UnsafeMutableBufferPointer<Float>
  /// The number of values.
  public let count: Int

  public init(_ values: [Float]) {
    count = values.count
    memory = .allocate(capacity: count + 2 * Self.width)
    memory.initialize(repeating: Self.canary)
    for (index, value) in values.enumerated() { base[index] = value }
  }

  deinit { memory.deallocate() }

  /// The first number.
  public var base: UnsafeMutablePointer<Float> { memory.baseAddress! + Self.width }
  /// The numbers, copied.
  public var values: [Float] { (0..<count).map { base[$0] } }
  /// Whether nothing was written beside the numbers.
  public var isIntact: Bool {
    (0..<Self.width).allSatisfy { base[-1 - $0] == Self.canary && base[count + $0] == Self.canary }
  }
}

extension Tensor {
  /// Changes elements, which are in order, in place.
  public mutating func changeElements(_ change: (inout [S]) throws -> Void) rethrows {
    var changed = elements
    try change(&changed)
    self = Tensor(shape, changed)
  }
}
