import KodamaLayers
import KodamaTensors

/// The trained form of an amplifier model: the network of a description over sound that is known whole.
///
/// There is no padding: T samples give T − R + 1 outputs, with R the receptive field. Parameters have the names and the order of `AmplifierArchitecture.weightShapes`.
public protocol AmplifierNetwork: Sendable {
  /// The parameters of the model's weights, in the order of files.
  var declarations: [ParameterDeclaration] { get }
  /// The samples of the past that an output needs.
  var lookback: Int { get }
  /// The outputs.
  ///
  /// - Shapes: x [B, T, C] → [B, T − lookback, C′].
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S>
}
