import KodamaLayers
import KodamaTensors

/// What a model that is conditioned on features makes of frames, in single precision: the numbers of each step.
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
}

extension InferenceFeatures {
  /// Those of a network; nil where it is not conditioned on features.
  init?(_ network: WaveNet, _ parameters: Parameters<Float>) {
    guard let upsampler = network.features else { return nil }
    self.init(upsampler, Parameters(upsampler.declarations.map { ($0.name, parameters[$0.name]) }))
  }
}

extension WaveNetConfiguration {
  /// Whether a layer of this path has biases: where the architecture has some, all but those that features go through.
  func hasBias(layer path: String) -> Bool { bias && !path.hasSuffix(".features") }
}
