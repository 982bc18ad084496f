import KodamaLayers
import KodamaTensors

/// The upsampling of frames of features to steps, in single precision, of a model that is conditioned on features.
public struct InferenceFeatures: Sendable, Equatable {
  /// From frames to steps.
  public let upsampler: FeatureUpsampler
  private let parameters: Parameters<Float>

  /// - Precondition: the parameters are those that the upsampler declares.
  init(_ upsampler: FeatureUpsampler, _ parameters: Parameters<Float>) {
    self.upsampler = upsampler
    self.parameters = parameters
  }

  /// What the features are.
  public var conditioning: FeatureConditioning { upsampler.features }

  /// The steps of the frames between the margins: the same bits however a signal's frames are cut.
  ///
  /// - Shapes: [n + 2 · margin, C] → [n · hop, C].
  public func steps(_ frames: [Float]) -> [Float] { upsampler.steps(of: frames, parameters) }

  /// The tensors of the upsampler by name.
  package var tensors: [(String, Tensor<Float>)] { parameters.names.map { ($0, parameters[$0]) } }

  /// Those of a network; nil where it is not conditioned on features.
  package init?(_ network: WaveNet, _ parameters: Parameters<Float>) {
    guard let upsampler = network.features else { return nil }
    self.init(upsampler, Parameters(upsampler.declarations.map { ($0.name, parameters[$0.name]) }))
  }
}
