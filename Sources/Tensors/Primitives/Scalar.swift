/// The element type of tensors: `Float` for work, `Double` for gradient checks.
///
/// Both have kernels or library routines; other conforming types use plain loops.
public protocol Scalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {}

extension Double: Scalar {}
extension Float: Scalar {}
