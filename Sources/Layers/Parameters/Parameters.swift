import KodamaCore
import KodamaTensors

/// Tensors by name in one contiguous arena, in order of declaration: the weights of a network, their gradients, their
/// averages, or optimizer state.
public struct Parameters<S: Scalar>: Sendable, Equatable {
  /// The positions and roles of the parameters.
  public private(set) var layout: ParameterLayout
  /// The arena, [layout.extent], with zeros as padding.
  package var arena: Tensor<S>

  /// Trained parameters of the given names and tensors.
  ///
  /// - Precondition: names are unique.
  public init(_ pairs: [(String, Tensor<S>)]) {
    self.init(ParameterLayout(pairs.map { ($0, $1.shape, .trained, false, false) }))
    for (name, tensor) in pairs { self[name] = tensor }
  }

  /// Parameters as declared, with the given values.
  ///
  /// - Throws: the errors of `value`.
  public init(_ declarations: [ParameterDeclaration], value: (_ name: String) throws -> Tensor<S>) rethrows {
    self.init(ParameterLayout(declarations))
    for declaration in declarations { self[declaration.name] = try value(declaration.name) }
  }

  /// Parameters as declared, with initial values. Each uses a separate random stream, so that adding a parameter to a
  /// network does not change the initial values of others.
  public init(_ declarations: [ParameterDeclaration], seed: UInt64) {
    var declared: [String: Tensor<S>] = [:]
    for declaration in declarations {
      var random = Philox(seed: seed, stream: StableHash(declaration.name).value)
      declared[declaration.name] = declaration.initializer.tensor(
        declaration.shape, random: &random, declared: declared)
    }
    self.init(declarations) { declared[$0]! }
  }

  /// Parameters as declared, all 0.
  package init(zeros declarations: [ParameterDeclaration]) {
    self.init(ParameterLayout(declarations))
  }

  /// Parameters that are all 0.
  private init(_ layout: ParameterLayout) {
    self.layout = layout
    arena = Tensor([layout.extent])
  }

  /// The names in order of declaration.
  public var names: [String] { layout.entries.map(\.name) }

  /// The parameter of a name. A tensor that was read shares memory with the arena until either is written.
  ///
  /// - Precondition: it was declared; a new value has its shape.
  public subscript(name: String) -> Tensor<S> {
    get {
      let entry = layout[name]
      return arena.part(entry.range, shape: entry.shape)
    }
    set {
      let entry = layout[name]
      precondition(newValue.shape == entry.shape, "\(name) has shape \(entry.shape), not \(newValue.shape)")
      arena.replace(entry.range, with: newValue)
    }
  }

  /// Calls `body` with the elements of a parameter for writing in place.
  package mutating func withUnsafeMutableBuffer(of name: String, _ body: (UnsafeMutableBufferPointer<S>) -> Void) {
    arena.withUnsafeMutableBuffer(of: layout[name].range, body)
  }

  /// Replaces some of the parameters.
  ///
  /// - Precondition: they were declared, and have these shapes.
  public mutating func replace(_ values: [String: Tensor<S>]) { for (name, value) in values { self[name] = value } }

  /// The number of elements in all parameters.
  public var count: Int { layout.entries.reduce(0) { $0 + $1.shape.count } }

  /// Parameters of the same names and shapes, all 0.
  public var zeros: Parameters { Parameters(layout) }

  /// The same parameters, with the trained ones for which `isFrozen` is true frozen.
  public func freezing(_ isFrozen: (_ name: String) -> Bool) -> Parameters {
    var result = self
    result.layout = layout.freezing(isFrozen)
    return result
  }

  /// The parameters of the model, without those that serve training alone.
  public var ofModel: Parameters { selected { !$0.isAuxiliary } }

  /// The parameters that serve training alone.
  package var auxiliary: Parameters { selected(\.isAuxiliary) }

  private func selected(_ isIncluded: (ParameterLayout.Entry) -> Bool) -> Parameters {
    let entries = layout.entries.filter(isIncluded)
    if entries.count == layout.entries.count { return self }
    var result = Parameters(ParameterLayout(entries: entries))
    for entry in entries { result[entry.name] = self[entry.name] }
    return result
  }

  /// These parameters and after them others.
  ///
  /// - Precondition: no name is in both.
  package func joined(with others: Parameters) -> Parameters {
    if others.names.isEmpty { return self }
    var result = Parameters(ParameterLayout(entries: layout.entries + others.layout.entries))
    for name in names { result[name] = self[name] }
    for name in others.names { result[name] = others[name] }
    return result
  }

  /// The same parameters in another precision.
  public func converted<T: Scalar>(to type: T.Type) -> Parameters<T> {
    var result = Parameters<T>(layout)
    result.arena = arena.converted(to: type)
    return result
  }

  /// The first parameter with a non-finite element; nil where all are finite.
  public var firstNotFinite: String? {
    // Squares are summed in double precision, where no square of a finite single-precision number overflows.
    layout.entries.first { !arena.sumOfSquares(of: $0.range).isFinite }?.name
  }
}

extension Parameters {
  /// The Euclidean norm over all elements of all parameters.
  public var norm: Double {
    layout.entries.reduce(0.0) { $0 + arena.sumOfSquares(of: $1.range) }.squareRoot()
  }

  /// Multiplies every element by `factor`.
  public mutating func scale(by factor: S) { arena.scale(by: factor) }

  /// Adds other parameters of the same names and shapes.
  public mutating func add(_ other: Parameters) {
    precondition(layout.hasSameLayout(as: other.layout), "parameters of other names or shapes are added")
    arena.addScaled(1, other.arena)
  }

  /// Scales gradients so that their norm is at most `limit`.
  ///
  /// - Returns: the norm before clipping.
  /// - Source: Pascanu et al. 2013, algorithm 1.
  public mutating func clip(norm limit: Double) -> Double {
    let norm = norm
    clip(norm: limit, from: norm)
    return norm
  }

  /// Scales gradients of a norm, that of these and perhaps further ones, so that it is at most `limit`.
  package mutating func clip(norm limit: Double, from norm: Double) {
    if norm > limit { scale(by: S(limit / norm)) }
  }

  /// The sum of the squares of the elements of each parameter, by name.
  package var squares: [String: Double] {
    Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, arena.sumOfSquares(of: $0.range)) })
  }

  /// Copies rows of a parameter, given by indices on its first axis, from other parameters of the same names and
  /// shapes.
  package mutating func copyRows(_ rows: [Int], of name: String, from other: Parameters) {
    precondition(layout.hasSameLayout(as: other.layout), "rows of parameters of other names or shapes are copied")
    let entry = layout[name]
    let length = entry.range.count / max(1, entry.shape.extents.first ?? 1)
    for row in rows {
      let first = entry.range.lowerBound + row * length
      arena.copy(first..<first + length, from: other.arena)
    }
  }
}
