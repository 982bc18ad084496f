import KodamaCore
import KodamaLayers
import KodamaTensors

/// One block of a WaveNet: a gated dilated convolution whose output goes to the skip connections and, added to the
/// block's input, to the next block. `WaveNet` has the formulas.
///
/// - Source: van den Oord et al. 2016, §2.4, figure 4.
public struct ResidualBlock: Layer, Equatable {
  /// Its index in the stack, from 0.
  public let index: Int
  /// [2G, R, K].
  public let dilated: Convolution
  /// [S, G, 1].
  public let skip: Convolution
  /// [R, G, 1]; the last block has none.
  public let residual: Convolution?
  /// [2G, C, 1]; nil where the network is not conditioned on labels.
  public let labels: Convolution?
  /// [2G, C, 1]; nil where the network is not conditioned on features.
  public let features: Convolution?
  /// Factor of the sum of input and residual output.
  public let residualScale: Double
  /// The share of the dilated convolution's input that is dropped in training.
  public let dropout: Double

  init(index: Int, configuration c: WaveNetConfiguration) {
    self.index = index
    let path = "blocks.\(index)"
    dilated = Convolution(
      path + ".dilated",
      ConvolutionGeometry(
        inputChannels: c.residualChannels, outputChannels: 2 * c.gateChannels, kernelSize: c.kernelSize,
        dilation: c.dilations[index]), bias: c.bias, weightNormalization: c.weightNormalization)
    skip = .pointwise(
      path + ".skip", inputChannels: c.gateChannels, outputChannels: c.skipChannels, bias: c.bias,
      weightNormalization: c.weightNormalization)
    residual =
      index == c.dilations.count - 1
      ? nil
      : .pointwise(
        path + ".residual", inputChannels: c.gateChannels, outputChannels: c.residualChannels, bias: c.bias,
        weightNormalization: c.weightNormalization)
    labels =
      c.conditioning.labels.isEmpty
      ? nil
      : .pointwise(
        path + ".labels", inputChannels: c.conditioning.channels, outputChannels: 2 * c.gateChannels, bias: false,
        weightNormalization: c.weightNormalization)
    features = c.conditioning.features.map {
      .pointwise(
        path + ".features", inputChannels: $0.channels, outputChannels: 2 * c.gateChannels, bias: false,
        weightNormalization: c.weightNormalization)
    }
    residualScale = c.residualScale
    dropout = c.dropout
  }

  public var declarations: [ParameterDeclaration] {
    dilated.declarations + skip.declarations + (residual?.declarations ?? [])
      + (labels?.declarations ?? []) + (features?.declarations ?? [])
  }

  /// Replaces `x` by the input of the next block (nil after the last) and adds to `skip` (nil before the first).
  ///
  /// - Shapes: x [B, T, R], skip [B, T, S].
  func forward<S: Scalar>(
    _ x: inout Variable<S>?, skip: inout Variable<S>?, _ conditioning: inout ConditioningInput<S>, _ pass: Pass<S>
  ) {
    if case .training(let seed) = pass.phase, dropout > 0 {
      let random = Philox(seed: seed, stream: UInt64(index))
      composed(&x, skip: &skip, conditioning, pass, random: random)
    } else if pass.tape.workspace.fusesGatedResidualBlocks {
      fused(&x, skip: &skip, &conditioning, pass)
    } else {
      composed(&x, skip: &skip, conditioning, pass, random: nil)
    }
  }

  /// The block as a composition of operators: the reference for the fused form, the form with dropout, and that of a
  /// backend without a fused one.
  func composed<S: Scalar>(
    _ x: inout Variable<S>?, skip sum: inout Variable<S>?, _ conditioning: ConditioningInput<S>, _ pass: Pass<S>,
    random: Philox?
  ) {
    guard let input = x else { preconditionFailure("block \(index) has no input") }
    let seen = random.map { input.dropout(rate: dropout, random: $0) } ?? input
    let gated = gates(dilated.forward(seen, pass), conditioning, pass).gated()
    let skipped = skip.forward(gated, pass)
    sum = sum.map { $0 + skipped } ?? skipped
    x = residual.map { (input + $0.forward(gated, pass)) * S(residualScale) }
  }

  /// The dilated convolution's output plus conditioning, before activation.
  ///
  /// - Shapes: [B, T, 2G] → [B, T, 2G].
  package func gates<S: Scalar>(
    _ convolved: Variable<S>, _ conditioning: ConditioningInput<S>, _ pass: Pass<S>
  ) -> Variable<S> {
    let labelled = labelOffsets(conditioning.labels, pass).map { convolved + $0 } ?? convolved
    guard let features, let steps = conditioning.features else { return labelled }
    return labelled + features.forward(steps, pass)
  }

  /// The contribution of labels to the gates of every step, [B, 1, 2G]; nil without labels.
  func labelOffsets<S: Scalar>(_ vectors: Variable<S>?, _ pass: Pass<S>) -> Variable<S>? {
    guard let labels, let vectors else { return nil }
    return labels.forward(vectors, pass)
  }
}

extension ResidualBlock {
  /// The block as one operator.
  @_specialize(where S == Float)
  func fused<S: Scalar>(
    _ x: inout Variable<S>?, skip sum: inout Variable<S>?, _ conditioning: inout ConditioningInput<S>,
    _ pass: Pass<S>
  ) {
    guard let input = x else { preconditionFailure("block \(index) has no input") }
    var dilatedBias = dilated.bias(in: pass)
    // Conditions that are constant over a signal are a bias of that signal.
    if let offsets = labelOffsets(conditioning.labels, pass) {
      dilatedBias = dilatedBias.map { offsets + $0 } ?? offsets
    }
    let weights = GatedResidualWeights(
      dilatedWeight: dilated.weight.variable(in: pass), dilatedBias: dilatedBias,
      skipWeight: skip.weight.variable(in: pass), skipBias: skip.bias(in: pass),
      residualWeight: residual?.weight.variable(in: pass), residualBias: residual?.bias(in: pass) ?? nil,
      featureWeight: features?.weight.variable(in: pass))
    x = input.gatedResidualBlock(
      weights, geometry: dilated.geometry, residualScale: S(residualScale), features: &conditioning.features,
      skip: &sum)
  }
}

/// The conditioning input of the residual blocks.
package struct ConditioningInput<S: Scalar> {
  /// A vector for each signal, [B, 1, C]; nil without conditioning on labels.
  let labels: Variable<S>?
  /// A vector for each step, [B, T, C]; nil without conditioning on features. The fused block passes it on to the
  /// blocks after it, so that each accumulates into one gradient in the backward pass.
  package var features: Variable<S>?
}
