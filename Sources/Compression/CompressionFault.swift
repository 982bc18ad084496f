import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaWaveNets

/// What can be wrong with a request to make a model smaller.
public enum CompressionFault: Fault, Equatable {
  /// No layer has a path that should be kept.
  case noLayer(path: String, nearest: String)
  /// A precision that there is not.
  case noPrecision(item: String, name: String)
  /// A precision that the layers of classifiers do not have.
  case onlyIntegers8(Precision)
  /// A layer is given two precisions.
  case keptTwice(path: String)
  /// Every layer is kept in single precision.
  case nothingToQuantize
  /// A model that has one precision is asked for in another.
  case otherPrecision(path: String, actual: Precision, asked: Precision)
  /// A model that is conditioned on features is to be observed on what it generates itself.
  case needsRecordings
  /// A share of multiply-adds that no removal of channels takes away.
  case tooManyChannels(share: Double, most: Double)
  /// Channels are to be removed from a recurrent network.
  case recurrentChannels
  /// The input of a layer is not finite.
  case notFinite(layer: String)
  /// What a network without some channels puts out, or its weights, are not finite.
  case outputNotFinite
  /// No choice of precisions and sparsities meets a target: `nearest` is the nearest that one does, at a loss that is nil
  /// where the target is one itself.
  case outOfReach(CompressionTarget, nearest: CompressionTarget, bitsPerSampleLost: Double?)

  public var description: String {
    switch self {
    case .noLayer(let path, let nearest): "no layer to keep is called \(path); did you mean \(nearest)?"
    case .noPrecision(let item, let name):
      "\(item): \(name) is no precision; give one of \(Precision.allCases.map(\.rawValue).joined(separator: ", "))"
    case .onlyIntegers8(let precision):
      "the layers of a classifier become int8 or stay f32, not \(precision.rawValue); choose int8"
    case .keptTwice(let path): "\(path) is to be kept twice; name it once"
    case .nothingToQuantize: "all layers are kept in f32, and nothing is left to quantize; keep fewer"
    case .otherPrecision(let path, let actual, let asked):
      "\(path): the model is quantized (\(actual.rawValue)) and cannot become \(asked.rawValue); take the model that it "
        + "was made from"
    case .needsRecordings:
      "the model is conditioned on features, which sound of its own making does not have; give recordings like those it is "
        + "for"
    case .tooManyChannels(let share, let most):
      "a share of \(share) of the multiply-adds cannot be removed with channels: of each kind some stay; give a share from 0 "
        + "to \(most)"
    case .recurrentChannels:
      "the network is recurrent, and channels are removed from networks of residual blocks alone; make single weights or "
        + "blocks of them 0"
    case .notFinite(let layer):
      "the input of \(layer) is not finite: the model's weights are out of all range; take an earlier checkpoint"
    case .outputNotFinite:
      "without some channels the network's output is not finite: the model's weights are out of all range; take an earlier "
        + "checkpoint"
    case .outOfReach(let target, let nearest, let loss):
      "no choice of precisions and zeros has \(target.text); the nearest has \(nearest.amount)"
        + (loss.map { ", at a loss of \(NumberText.decimal($0, 4)) bits per sample" } ?? "")
        + "; ask for what can be had"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .noLayer, .noPrecision, .onlyIntegers8, .keptTwice, .nothingToQuantize, .needsRecordings, .tooManyChannels,
      .recurrentChannels:
      .usage
    case .otherPrecision, .notFinite, .outputNotFinite: .badData
    case .outOfReach: .unavailable
    }
  }
}
