import KodamaLayers
import KodamaTensors

/// A WaveNet: predicts the distribution of each sample from those before it.
///
/// With x the input at each step (the sample before it; silence at step 0), per block i with dilation dᵢ
///
///     h⁰ = embedding[x]                              (or W·g·x + b for scalar input)
///     z  = dilatedᵢ(hⁱ) + labelsᵢ(c) + featuresᵢ(u)  kernel K, dilation dᵢ, residual → 2 · gate channels
///     y  = tanh(z_filter) · sigmoid(z_gate)          filter: the first half of the channels
///     skip  += skipᵢ(y)                              pointwise, gate → skip channels
///     hⁱ⁺¹ = residual scale · (hⁱ + residualᵢ(y))    pointwise; the last block has none
///     logits = head₁(relu(head₀(relu(skip scale · skip))))
///
/// Parameters in checkpoints, in PyTorch's layouts: `embedding.weight` [classes, R] (or `input.weight` [R, 1, 1],
/// `input.bias`), `blocks.i.dilated.weight` [2G, R, K] (oldest tap first), `blocks.i.skip.weight` [S, G, 1],
/// `blocks.i.residual.weight` [R, G, 1], `head.0.weight` [H, S, 1], `head.1.weight` [classes, H, 1], each with `.bias`.
///
/// A network that is conditioned on labels has c = Σₛ labelsₛ[label of set s], the same at all steps of a signal, and
/// labelsᵢ, a pointwise convolution from C conditioning channels to 2 · gate channels without bias. Their parameters:
/// `labels.s.weight` [labels of set s, C] and `blocks.i.labels.weight` [2G, C, 1]. Without labels the term is absent.
///
/// A network that is conditioned on features has u, C numbers for each step, upsampled from frames by
/// `FeatureUpsampler`, and featuresᵢ, a pointwise convolution from C to 2 · gate channels without bias:
/// `blocks.i.features.weight` [2G, C, 1].
///
/// A recurrent network has one gated recurrent layer of H units in place of the blocks:
///
///     h⁰  = the same; a = input(h⁰) + labels(c) + features(u), p = hidden(s)
///     r, z = sigmoid(a + p)      n = tanh(a + r · p)      s′ = (1 − z) · n + z · s
///     logits = head₁(relu(head₀(s′)))
///
/// with the state s, 0 before the first step, and of a and p the parts of the gates r, z and n one after another. Its
/// parameters: `recurrent.input.weight` [3H, R, 1], `recurrent.hidden.weight` [3H, H, 1], each with `.bias`,
/// `recurrent.labels.weight` and `recurrent.features.weight` [3H, C, 1]; without their last axis they are those of PyTorch's
/// `GRU`.
///
/// Where the output is a mixture of K components, the last layer has 3K channels instead of logits: K logits of the
/// components' weights, then K means, then K natural logarithms of scales, of samples times the gain g (see
/// `DiscretizedMixture`). Of a softmax g is 1.
///
/// - Source: van den Oord et al. 2016, §2. The paper does not specify the sizes of its layers or the mapping of the
///   input to residual channels; here that is a table with a row for each code. Global and local conditioning follow
///   its §2.5. The recurrent network is that of Kalchbrenner et al. 2018, "Efficient neural audio synthesis", §2.1.
public struct WaveNet: Layer, Equatable {
  /// The architecture; that of its own channels where processes divide the channels among them.
  public let configuration: WaveNetConfiguration
  /// What this process has of the network where several have one together; nil for all.
  package let part: WaveNetPart?
  /// The stack of residual blocks; empty in a recurrent network.
  public let blocks: [ResidualBlock]
  /// The recurrent layer; nil in a network of residual blocks.
  public let recurrent: RecurrentBody?
  /// The two pointwise convolutions from skip channels to logits.
  public let head: [Convolution]
  /// The table of a network with embedded input; nil for scalar input.
  public let embedding: Embedding?
  /// The first convolution of a network with scalar input; nil for embedded input.
  public let inputConvolution: Convolution?
  /// The embeddings of labels; nil where the network is not conditioned on labels.
  public let labels: LabelEmbeddings?
  /// The feature upsampler; nil where the network is not conditioned on features.
  public let features: FeatureUpsampler?

  /// The network of a configuration.
  ///
  /// - Precondition: the configuration is valid (see `WaveNetConfiguration.validate`).
  public init(_ configuration: WaveNetConfiguration) { self.init(configuration, part: nil) }

  /// What a process has of the network of a configuration.
  package init(_ configuration: WaveNetConfiguration, part: WaveNetPart?) {
    let c = part?.configuration(of: configuration) ?? configuration
    self.configuration = c
    self.part = part
    // Codes are amplitudes in order, so the rows of neighboring codes are initialized alike. On four minutes of mixed music
    // `tiny` reaches 3.301 bits per sample, from independent rows 3.338, after 2,700 steps of 2,000 samples.
    embedding =
      c.input == .embedding
      ? Embedding("embedding", classes: c.classes, channels: c.residualChannels, initializer: .waves(cycles: 0.5)) : nil
    inputConvolution =
      c.input == .scalar
      ? .pointwise(
        "input", inputChannels: 1, outputChannels: c.residualChannels, bias: c.bias,
        weightNormalization: c.weightNormalization) : nil
    labels = LabelEmbeddings(c.conditioning)
    features = c.conditioning.features.map { FeatureUpsampler($0) }
    blocks = (part?.blocks ?? c.dilations.indices).map { ResidualBlock(index: $0, configuration: c) }
    recurrent = c.recurrentUnits.map { RecurrentBody(units: $0, configuration: c) }
    head = [(c.bodyChannels, c.headChannels), (c.headChannels, c.outputChannels)].enumerated().map { index, channels in
      .pointwise(
        "head.\(index)", inputChannels: channels.0, outputChannels: channels.1, bias: c.bias,
        weightNormalization: c.weightNormalization, isOutput: index == 1)
    }
  }

  public var declarations: [ParameterDeclaration] { part?.share.declarations ?? allDeclarations }

  /// Those of a whole network.
  private var allDeclarations: [ParameterDeclaration] {
    (embedding?.declarations ?? []) + (inputConvolution?.declarations ?? []) + (labels?.declarations ?? [])
      + (features?.declarations ?? []) + blocks.flatMap(\.declarations) + (recurrent?.declarations ?? [])
      + head.flatMap(\.declarations)
  }

  /// The logits of every step, or the parameters of its mixture; a 0 in a process that has no outputs (see
  /// `WaveNetPart`).
  ///
  /// - Shapes: [B, T] inputs → [B, T, output channels].
  public func logits<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S> {
    logits(input, pass) { block, x, skip, conditioning in block.forward(&x, skip: &skip, &conditioning, pass) }
  }

  /// The logits, with a given form of the residual block.
  func logits<S: Scalar>(
    _ input: WaveNetInput, _ pass: Pass<S>,
    through block: (ResidualBlock, inout Variable<S>?, inout Variable<S>?, inout ConditioningInput<S>) -> Void
  ) -> Variable<S> {
    logits(ofSkipSums: skipSums(input, pass, through: block), pass)
  }

  /// The logits of the next steps of signals, and the state after them, of a recurrent network.
  ///
  /// - Parameter state: that after the steps before, [B, H]; nil at the start.
  /// - Precondition: the network is recurrent.
  /// - Shapes: [B, T] inputs → [B, T, output channels].
  package func logits<S: Scalar>(
    _ input: WaveNetInput, carrying state: RecurrentState<Tensor<S>>?, _ pass: Pass<S>
  ) -> (logits: Variable<S>, state: RecurrentState<Tensor<S>>) {
    guard let recurrent else { preconditionFailure("a network of residual blocks has no state to carry") }
    let (outputs, next) = recurrent.forward(
      firstBlockInput(input, pass), conditioningInput(input, pass), from: state?.constant(on: pass.tape), pass)
    return (logits(ofSkipSums: outputs, pass), next.values())
  }

  /// The input of the head at every step: the scaled sums of the skip connections, or the states of a recurrent network,
  /// from 0.
  ///
  /// - Shapes: [B, T] inputs → [B, T, S or H].
  package func skipSums<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S> {
    skipSums(input, pass) { block, x, skip, conditioning in block.forward(&x, skip: &skip, &conditioning, pass) }
  }

  /// The logits of skip sums or states, or the parameters of mixtures.
  ///
  /// - Shapes: [B, T, S or H] → [B, T, output channels].
  package func logits<S: Scalar>(ofSkipSums sums: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    func logits(_ input: Variable<S>) -> Variable<S> { head[1].forward(head[0].forward(input, pass).relu(), pass) }
    guard let part else { return logits(recurrent == nil ? sums.relu() : sums) }
    return part.hasOutputs ? part.outputs(sums.relu(), logits) : sums
  }

  private func skipSums<S: Scalar>(
    _ input: WaveNetInput, _ pass: Pass<S>,
    through block: (ResidualBlock, inout Variable<S>?, inout Variable<S>?, inout ConditioningInput<S>) -> Void
  ) -> Variable<S> {
    if let part { return part.skipSums(of: self, input, pass) }
    var x: Variable<S>? = firstBlockInput(input, pass)
    var conditioning = conditioningInput(input, pass)
    if let recurrent, let x { return recurrent.forward(x, conditioning, from: nil, pass).outputs }
    var skip: Variable<S>?
    for residualBlock in blocks { block(residualBlock, &x, &skip, &conditioning) }
    return scaled(skip)
  }

  /// The scaled sum of the skip connections of all blocks.
  func scaled<S: Scalar>(_ skip: Variable<S>?) -> Variable<S> {
    guard let skip else { preconditionFailure("a WaveNet needs at least one block") }
    return configuration.skipScale == 1 ? skip : skip * S(configuration.skipScale)
  }

  /// The input of the first block: [B, T] → [B, T, R].
  package func firstBlockInput<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S> {
    switch input.values {
    case .codes(let codes):
      guard let embedding else { preconditionFailure("the input of a network with scalar input is samples, not codes") }
      return embedding.forward(codes, shape: input.shape, pass)
    case .samples(let samples):
      guard let inputConvolution else {
        preconditionFailure("the input of a network with embedded input is codes, not samples")
      }
      let gain = S(configuration.inputGain)
      let signal = Tensor<S>([input.shape[0], input.shape[1], 1], samples.map { S($0) * gain })
      return inputConvolution.forward(pass.tape.constant(signal), pass)
    }
  }

  /// The conditioning input of the blocks.
  package func conditioningInput<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> ConditioningInput<S> {
    ConditioningInput(labels: labelVectors(input, pass), features: featureSteps(input, pass))
  }

  /// The vector of every signal's labels, [B, 1, C]; nil where the network is not conditioned.
  private func labelVectors<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S>? {
    let count = labels == nil && input.conditions.isEmpty ? 0 : input.shape[0]
    precondition(
      input.conditions.count == count && input.conditions.allSatisfy { $0.fits(configuration.conditioning) },
      "\(input.conditions) are not conditions of \(input.shape[0]) signals on \(configuration.conditioning.labels.map(\.name))"
    )
    return labels?.forward(input.conditions, pass)
  }

  /// The features of every step, [B, T, C]; nil where the network is not conditioned on features.
  private func featureSteps<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S>? {
    precondition(
      input.features?.shape[0] == features.map { _ in input.shape[0] },
      "features of \(input.features?.shape[0] ?? 0) signals for \(input.shape[0]) signals of a network that is "
        + (features == nil ? "not conditioned on features" : "conditioned on features"))
    guard let features, let window = input.features else { return nil }
    return features.forward(window, steps: input.shape[1], pass)
  }
}

/// The input of a WaveNet: the samples before each step, and the conditions of each signal.
public struct WaveNetInput: Sendable, Equatable {
  package enum Values: Sendable, Equatable {
    case codes([Int32])
    case samples([Float])
  }

  /// The codes or samples.
  package let values: Values
  /// [B, T].
  public let shape: Shape
  /// Of each signal; may be empty for a network that is not conditioned on labels.
  public let conditions: [Conditions]
  /// Of every signal; nil for a network that is not conditioned on features.
  public let features: FeatureWindow?

  /// Codes for a network with embedded input, as many as `shape` [B, T] has elements.
  public init(codes: [Int32], shape: Shape, conditions: [Conditions] = [], features: FeatureWindow? = nil) {
    precondition(codes.count == shape.count && shape.rank == 2, "\(codes.count) codes do not fill shape \(shape)")
    values = .codes(codes)
    self.shape = shape
    self.conditions = conditions
    self.features = features
  }

  /// Samples for a network with scalar input, as many as `shape` [B, T] has elements.
  public init(samples: [Float], shape: Shape, conditions: [Conditions] = [], features: FeatureWindow? = nil) {
    precondition(samples.count == shape.count && shape.rank == 2, "\(samples.count) samples do not fill shape \(shape)")
    values = .samples(samples)
    self.shape = shape
    self.conditions = conditions
    self.features = features
  }
}
