import KodamaCore
import KodamaInference
import KodamaLayers

/// What can keep a model from being exported.
public enum ExportFault: Fault, Equatable {
  /// A graph would be larger than a file of its format can be.
  case tooLarge(bytes: Int, limit: Int)
  /// The model is conditioned on features.
  case features
  /// The network is recurrent.
  case recurrent
  /// A layer has weights that no operator of the format takes as they are.
  case precision(layer: String, precision: Precision)
  /// The format has no models of a kind.
  case unsupportedModel(kind: String, format: String)

  public var description: String {
    switch self {
    case .tooLarge(let bytes, let limit):
      "the model: its graph would take \(bytes) bytes, and an ONNX file can have \(limit); export a network of fewer "
        + "channels"
    case .features:
      "the model: it is conditioned on features over time, which graphs do not have yet; generate with kodama or libkodama"
    case .recurrent:
      "the model: it is a recurrent network, which graphs do not have; generate with kodama or libkodama"
    case .precision(let layer, let precision):
      "the model: \(layer) has weights of \(precision.rawValue), and a graph can have f32 and int8; export the model it was "
        + "quantized from, or one quantized to int8"
    case .unsupportedModel(let kind, let format):
      "the model: it is \(kind), which \(format) cannot hold; choose another format"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
