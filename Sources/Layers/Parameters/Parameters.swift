import KodamaCore
import KodamaTensors

/// Tensors by name, in the order of their declaration: the weights of a network, their gradients, their averages, or
/// what an optimizer remembers of each.
public struct Parameters<S: Scalar>: Sendable, Equatable {
  /// The names in order of declaration.
  public let names: [String]
  private var tensors: [String: Tensor<S>]

  /// Parameters of the given names and tensors.
  ///
  /// - Precondition: no name twice.
  public init(_ pairs: [(String, Tensor<S>)]) {
    names = pairs.map(\.0)
    tensors = Dictionary(pairs) { _, _ in preconditionFailure("two parameters have one name") }
  }

  /// Parameters as declared. Each draws from a stream of random numbers of its own, so that adding one to a network
  /// leaves the others' beginnings as they were.
  public init(_ declarations: [ParameterDeclaration], seed: UInt64) {
    var declared: [String: Tensor<S>] = [:]
    for declaration in declarations {
      precondition(declared[declaration.name] == nil, "two parameters have the name \(declaration.name)")
      var random = Philox(seed: seed, stream: StableHash(declaration.name).value)
      declared[declaration.name] = declaration.initializer.tensor(
        declaration.shape, random: &random, declared: declared)
    }
    names = declarations.map(\.name)
    tensors = declared
  }

  /// The parameter of a name.
  ///
  /// - Precondition: it was declared.
  public subscript(name: String) -> Tensor<S> {
    get {
      guard let tensor = tensors[name] else { preconditionFailure("no parameter has the name \(name)") }
      return tensor
    }
    _modify {
      guard tensors[name] != nil else { preconditionFailure("no parameter has the name \(name)") }
      yield &tensors[name]!
    }
  }

  /// The number of numbers in all parameters.
  public var count: Int { names.reduce(0) { $0 + self[$1].count } }

  /// Parameters of the same names and shapes, all 0.
  public var zeros: Parameters { Parameters(names.map { ($0, Tensor(self[$0].shape)) }) }

  /// The same parameters in another precision.
  public func converted<T: Scalar>(to type: T.Type) -> Parameters<T> {
    Parameters<T>(names.map { ($0, self[$0].converted(to: type)) })
  }

  /// The first parameter with a number that is not finite; nil where all are finite.
  public var firstNotFinite: String? {
    // Sums of squares are formed in double precision, where no square of a finite single-precision number overflows.
    names.first { !S.sumOfSquares(n: self[$0].count, self[$0].region.base).isFinite }
  }
}
