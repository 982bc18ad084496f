import KodamaTensors

/// The share of a network's parameters that one of several processes has.
public struct ParameterShare: Sendable {
  /// What a process has of a parameter.
  public enum Part: Sendable, Equatable {
    /// All of it.
    case whole
    /// Runs of indices of an axis, one after another.
    case runs([Range<Int>], axis: Int)
    /// Zeros in its place, which are not trained: it is added by another process.
    case zero

    /// The shape of the part of a parameter.
    package func shape(of whole: Shape) -> Shape {
      guard case .runs(let runs, let axis) = self else { return whole }
      var extents = whole.extents
      extents[axis] = runs.reduce(0) { $0 + $1.count }
      return Shape(extents)
    }
  }

  /// The parameters of the network.
  package let network: [ParameterDeclaration]
  /// By name; nothing where another process has it.
  private let parts: [String: Part]

  /// A share of the parameters of a network.
  ///
  /// - Parameter part: what it has of a parameter; nil for nothing.
  public init(of network: [ParameterDeclaration], part: (_ declaration: ParameterDeclaration) -> Part?) {
    self.network = network
    parts = Dictionary(uniqueKeysWithValues: network.compactMap { found in part(found).map { (found.name, $0) } })
  }

  /// What it has of a parameter; nil for nothing.
  public subscript(name: String) -> Part? { parts[name] }

  /// The initial values, which are those of the whole network.
  public func initialParameters(seed: UInt64) -> Parameters<Float> {
    let whole = Parameters<Float>(network.filter { parts[$0.name] != nil }, seed: seed)
    return parameters { whole[$0] }
  }

  /// Its part of parameters of the whole network.
  ///
  /// - Throws: the errors of `value`.
  public func parameters(_ value: (_ name: String) throws -> Tensor<Float>) rethrows -> Parameters<Float> {
    try Parameters(declarations) { name in
      guard let part = parts[name] else { preconditionFailure("\(name) is in another share") }
      let whole = try value(name)
      return switch part {
      case .whole: whole
      case .runs(let runs, let axis): whole.selected(runs, axis: axis)
      case .zero: Tensor(whole.shape)
      }
    }
  }

  /// The parameters of the share, in their shapes there.
  public var declarations: [ParameterDeclaration] {
    network.compactMap { declaration in
      guard let part = parts[declaration.name] else { return nil }
      return declaration.with(
        shape: part.shape(of: declaration.shape), role: part == .zero ? .frozen : declaration.role)
    }
  }
}

extension ParameterDeclaration {
  fileprivate func with(shape: Shape, role: ParameterRole) -> ParameterDeclaration {
    ParameterDeclaration(
      name, shape, initializer, role: role, isMatrix: isMatrix, isLayerWeight: isLayerWeight, isAuxiliary: isAuxiliary)
  }
}

extension Tensor<Float> {
  /// Runs of indices of an axis, one after another.
  func selected(_ runs: [Range<Int>], axis: Int) -> Tensor {
    var extents = shape.extents
    extents[axis] = runs.reduce(0) { $0 + $1.count }
    var result = Tensor(Shape(extents))
    withUnsafeBuffer { source in
      result.forEachRun(runs, axis: axis, of: shape[axis]) { target, offset in
        _ = target.update(fromContentsOf: source[offset..<offset + target.count])
      }
    }
    return result
  }

  /// Copies what `selected` took from a tensor back to it.
  package mutating func replace(_ runs: [Range<Int>], axis: Int, with part: Tensor) {
    var part = part
    let extent = shape[axis]
    withUnsafeMutableBuffer(of: 0..<count) { whole in
      part.forEachRun(runs, axis: axis, of: extent) { source, offset in
        _ = whole[offset..<offset + source.count].update(fromContentsOf: source)
      }
    }
  }

  /// Calls `body` with consecutive elements of this selection, and where they are in the whole tensor.
  private mutating func forEachRun(
    _ runs: [Range<Int>], axis: Int, of extent: Int, _ body: (UnsafeMutableBufferPointer<Float>, _ offset: Int) -> Void
  ) {
    let (outer, inner) = (shape.extents[..<axis].reduce(1, *), shape.extents[(axis + 1)...].reduce(1, *))
    withUnsafeMutableBuffer(of: 0..<count) { elements in
      var position = 0
      for row in 0..<outer {
        for run in runs {
          let length = run.count * inner
          body(elements.extracting(position..<position + length), (row * extent + run.lowerBound) * inner)
          position += length
        }
      }
    }
  }
}
