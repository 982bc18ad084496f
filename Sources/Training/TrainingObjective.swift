import KodamaAudio
import KodamaLayers
import KodamaTensors

/// A network and what it is to learn, as the trainer sees them.
public protocol TrainingObjective: Sendable {
  /// The parameters that are trained.
  var declarations: [ParameterDeclaration] { get }

  /// What is trained where not everything is.
  var trainedRows: TrainedRows? { get }

  /// The mean loss over the valid samples of a batch, in nats per sample.
  func loss(_ batch: [CropSamples], _ pass: Pass<Float>) -> Variable<Float>

  /// Writes `config.json` into a folder, so that the weights beside it make a model.
  func writeConfiguration(toFolder folder: String) throws
}

extension TrainingObjective {
  /// Everything is trained.
  public var trainedRows: TrainedRows? { nil }
}

/// Where batches come from: crops in an endless order that is a function of its seed.
public protocol CropSource: AnyObject {
  /// The next crop.
  func next() throws -> CropSamples
}

extension CropPrefetch: CropSource {}
