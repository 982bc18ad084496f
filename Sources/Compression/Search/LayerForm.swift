import KodamaInference
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// A form that a layer can have in a compressed model: the precision of its weights, and the share of its blocks of 16
/// outputs by 4 inputs that are made 0 before they are rounded, the smallest first.
public struct LayerForm: Sendable, Hashable, Codable {
  /// The precision.
  public let precision: Precision
  /// The share of blocks that are 0 at least, from 0 to less than 1; those that were 0 before count.
  public let sparsity: Double

  /// A form.
  public init(_ precision: Precision, sparsity: Double = 0) {
    self.precision = precision
    self.sparsity = sparsity
  }

  /// The weights as they are.
  public static let original = LayerForm(.float32)

  /// The shares of blocks that are tried: products leave blocks out where at most 60 % are left.
  private static let sparsities = [0.5, 0.75]

  /// All forms that a search tries, the original first. Products of weights with groups leave no blocks out, and weights of
  /// one and two bits are too few for zeros without training.
  public static let all = ([.float32] + Precision.schemes).flatMap { precision in
    [LayerForm(precision)] + (precision.isPacked ? [] : sparsities.map { LayerForm(precision, sparsity: $0) })
  }
}

extension Quantizer {
  /// The layers of a model in a form, by path.
  ///
  /// - Parameter original: the model in single precision.
  func layers(of original: InferenceModel, in form: LayerForm) -> [String: InferenceLayer] {
    let sparse = form.sparsity == 0 ? original : original.mapLayers { $0.withoutSmallestBlocks(share: form.sparsity) }
    let layers = quantized(Quantization(form.precision), of: sparse).layers
    return Dictionary(uniqueKeysWithValues: layers.map { ($0.path, $0) })
  }
}

extension InferenceLayer {
  /// The layer whose smallest blocks are 0 until a share of all is; others stay as they are.
  ///
  /// - Precondition: it is in single precision.
  func withoutSmallestBlocks(share: Double) -> InferenceLayer {
    guard case .float32(let values) = weights else { preconditionFailure("\(path) is \(precision.rawValue)") }
    let weight = Tensor<Float>([outputs, channels, taps], values)
    return with(.float32(Pruner.withoutSmallest(.block, of: weight, share: share).elements), input: nil)
  }
}
