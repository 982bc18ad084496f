import KodamaClassifiers
import KodamaCore
import KodamaInference

/// Rounds the weights of a trained classifier to integers of 8 bits, without training, by what is observed on recordings
/// (see `MapQuantizer`): those of convolutions of one group and of heads.
public struct ClassifierQuantizer: Sendable {
  private let model: ClassifierModel
  private let quantizer: MapQuantizer

  /// Observes a model on windows of sound.
  ///
  /// - Parameter windows: the samples of each at the model's rate, at most as many as a window has.
  /// - Throws: `SpectraFault`; `ClassifierFault.quantized`; `CompressionFault.notFinite`.
  /// - Precondition: at least one window.
  public init(_ model: ClassifierModel, observing windows: [[Float]], workers: Workers = .all) throws {
    precondition(!windows.isEmpty, "no windows to observe")
    if let quantization = model.quantization { throw ClassifierFault.quantized(quantization.scheme) }
    self.model = model
    let features = try FeatureMap(model.configuration)
    let size = model.configuration.windowSamples
    quantizer = try MapQuantizer(model.graph, observing: windows.count, workers: workers) { index in
      try features.map(windows[index], offset: (size - windows[index].count) / 2)
    }
  }

  /// The model with its layers in the given precisions. The result does not depend on the number of threads.
  ///
  /// - Precondition: integers of 8 bits, or single precision.
  public func quantized(_ quantization: Quantization) -> ClassifierModel {
    model.replacing(quantizer.layers(quantization))
  }
}
