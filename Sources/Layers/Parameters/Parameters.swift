import KodamaCore
import KodamaTensors

/// Tensors by name in one run of memory, in the order of their declaration: the weights of a network, their gradients,
/// their averages, or what an optimizer remembers of each.
public struct Parameters<S: Scalar>: Sendable, Equatable {
  /// Where each lies.
  public let layout: ParameterLayout
  /// All of them, [layout.extent]; 0 between them.
  package var arena: Tensor<S>

  /// Parameters of the given names and tensors.
  ///
  /// - Precondition: no name twice.
  public init(_ pairs: [(String, Tensor<S>)]) {
    layout = ParameterLayout(pairs.map { ($0, $1.shape) })
    arena = Tensor([layout.extent])
    for (name, tensor) in pairs { self[name] = tensor }
  }

  /// Parameters as declared. Each draws from a stream of random numbers of its own, so that adding one to a network
  /// leaves the others' initial values as they were.
  public init(_ declarations: [ParameterDeclaration], seed: UInt64) {
    var declared: [String: Tensor<S>] = [:]
    for declaration in declarations {
      var random = Philox(seed: seed, stream: StableHash(declaration.name).value)
      declared[declaration.name] = declaration.initializer.tensor(
        declaration.shape, random: &random, declared: declared)
    }
    self.init(declarations.map { ($0.name, declared[$0.name]!) })
  }

  private init(_ layout: ParameterLayout, arena: Tensor<S>) {
    self.layout = layout
    self.arena = arena
  }

  /// The names in order of declaration.
  public var names: [String] { layout.entries.map(\.name) }

  /// The parameter of a name. Reading shares the memory; what is written is copied into it.
  ///
  /// - Precondition: it was declared; what is written has its shape.
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

  /// The number of numbers in all parameters.
  public var count: Int { layout.entries.reduce(0) { $0 + $1.shape.count } }

  /// Parameters of the same names and shapes, all 0.
  public var zeros: Parameters { Parameters(layout, arena: Tensor(arena.shape)) }

  /// The same parameters in another precision.
  public func converted<T: Scalar>(to type: T.Type) -> Parameters<T> {
    Parameters<T>(layout, arena: arena.converted(to: type))
  }

  /// The first parameter with a number that is not finite; nil where all are finite.
  public var firstNotFinite: String? {
    // Sums of squares are formed in double precision, where no square of a finite single-precision number overflows.
    layout.entries.first { !arena.sumOfSquares(of: $0.range).isFinite }?.name
  }
}
