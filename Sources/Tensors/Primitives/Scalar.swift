/// A number that tensors hold: `Float` for work, `Double` for gradient checks.
///
/// Both have kernels or a library of their own; any other type that conforms is carried by plain loops.
public protocol Scalar: BinaryFloatingPoint, Sendable {}

extension Double: Scalar {}
extension Float: Scalar {}
