import KodamaLayers
import KodamaSignal
import KodamaTensors

extension WaveNet {
  /// Stands for "no sample before" in a row of previous codes.
  public static let start: Int32 = -1

  /// Between samples and the codes that the network predicts.
  public var companding: Companding { configuration.companding }

  /// What the network is fed with when the samples before each step have these codes: the codes, or for scalar input
  /// the samples they stand for. At `start` that is the code of silence, or 0.
  ///
  /// - Parameters:
  ///   - previous: the code before each step, as many as `shape` [B, T] has elements.
  ///   - conditions: of each signal; may be empty where the network is not conditioned on labels.
  ///   - features: of every signal; nil where the network is not conditioned on features.
  public func input(
    previous: [Int32], shape: Shape, conditions: [Conditions] = [], features: FeatureWindow? = nil
  ) -> WaveNetInput {
    switch configuration.input {
    case .embedding:
      let silence = Int32(companding.silence)
      return WaveNetInput(
        codes: previous.map { $0 < 0 ? silence : $0 }, shape: shape, conditions: conditions, features: features)
    case .scalar:
      let table = companding.decodingTable
      return WaveNetInput(
        samples: previous.map { $0 < 0 ? 0 : table[Int($0)] }, shape: shape, conditions: conditions,
        features: features)
    }
  }
  /// The weighted mean of −ln p(target) in nats: cross-entropy of classes, or the loss of the mixture.
  ///
  /// - Shapes: outputs as `logits` gives them, as many targets and weights as steps → [].
  /// - Parameters:
  ///   - targets: the code of each step, in 0..<levels.
  ///   - weights: how much each step counts; with a positive sum.
  public func loss<S: Scalar>(_ outputs: Variable<S>, targets: [Int32], weights: [S]) -> Variable<S> {
    if let mixture = configuration.mixture {
      return outputs.mixtureLoss(mixture, targets: targets, weights: weights)
    }
    return outputs.crossEntropy(targets: targets, weights: weights)
  }
}
