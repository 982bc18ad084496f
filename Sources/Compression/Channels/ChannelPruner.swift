import KodamaAudio
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// Removes whole channels of a WaveNet, which leaves a smaller network of the ordinary form.
///
/// A residual channel is one of the sums between blocks, a gate channel a filter and its gate in one block, a skip channel
/// one of the sum of skip connections, a head channel one between the two last layers. Each block has its own gate
/// channels, and all blocks equally many.
///
/// Which channels of a kind go is chosen by what their loss changes in the outputs of the layers that take them, whose
/// other weights and biases make up for it by least squares over observed steps (`ReadjustedLayer`). How many of each kind
/// go is chosen by bits: the loss in bits per sample of each kind alone is measured at up to 16 numbers of channels, and
/// of all combinations with few enough multiply-adds that with the least sum of losses is taken.
///
/// Normalized weights are multiplied out. The smaller network is meant to be trained further.
public struct ChannelPruner: Sendable {
  private let model: WaveNetModel
  /// The multiply-adds that may be left, without those that no channels change.
  private let allowed: Int
  /// The numbers of channels to choose from, of each kind.
  private let levels: [[Int]]

  /// Stretches of the signal on which losses are measured, at least, where there are as many.
  private static let measuredStretches = 8

  /// A pruner of a model.
  ///
  /// - Parameter sparsity: the share of the multiply-adds of a sample to remove.
  /// - Throws: `CompressionFault.tooManyChannels` where it is not from 0 to what the fewest channels leave,
  ///   `.recurrentChannels`.
  public init(_ model: WaveNetModel, sparsity: Double) throws {
    if model.configuration.isRecurrent { throw CompressionFault.recurrentChannels }
    self.model = model.withoutWeightNormalization
    let (configuration, counts) = (model.configuration, ChannelCounts(model.configuration))
    levels = ChannelCounts.kinds.map { ChannelCounts.levels(counts[keyPath: $0.path]) }
    var fewest = counts
    for (kind, levels) in zip(ChannelCounts.kinds, levels) { fewest[keyPath: kind.path] = levels[0] }
    let all = Double(model.network.cost.multiplyAdds)
    let most = Double(configuration.multiplyAdds(counts) - configuration.multiplyAdds(fewest)) / all
    guard sparsity >= 0 && sparsity <= most else {
      throw CompressionFault.tooManyChannels(share: sparsity, most: (1000 * most).rounded(.down) / 1000)
    }
    // Not less for the last bits of the product: the fewest channels are always allowed.
    allowed = Int((Double(configuration.multiplyAdds(counts)) - sparsity * all + 1e-6).rounded(.down))
  }

  /// The smaller model, the same whatever the workers.
  ///
  /// - Parameters:
  ///   - recordings: typical ones, such as those that the model was trained on.
  ///   - features: reads the features beside some steps of a recording, the first of which is at a multiple of the hop,
  ///     where the model is conditioned on some.
  ///   - progress: called with the number of finished measurements and of all.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `WaveNetFault` where a recording lacks a label that the model is
  ///   conditioned on; `CompressionFault.notFinite`, `.outputNotFinite`; `ResourceFault.addressSpace`.
  public func pruned(
    on recordings: Recordings,
    features: (_ recording: Int, _ steps: Range<Int>) throws -> FeatureWindow? = { _, _ in nil },
    workers: Workers = .all, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> WaveNetModel {
    try pruned(CalibrationSignal(recordings, for: model, features: features), workers: workers, progress: progress)
  }

  func pruned(
    _ signal: CalibrationSignal, workers: Workers, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> WaveNetModel {
    let calibration = try Calibration(model, signal, workers: workers)
    let choices = ChannelChoices(model, calibration, levels, workers: workers)
    let workspace = try Workspace(forProductsOn: workers)
    let step = max(1, signal.stretches.count / Self.measuredStretches)
    let stretches = stride(from: 0, to: signal.stretches.count, by: step).map { signal.stretches[$0] }

    let total = levels.reduce(1) { $0 + $1.count - 1 }
    let whole = model.bitsPerSample(stretches, workspace)
    var done = 1
    let losses = levels.enumerated().map { kind, counts in
      counts.indices.map { level in
        if level == counts.count - 1 { return 0.0 }
        var chosen = levels.map { $0.count - 1 }
        chosen[kind] = level
        let loss = model.keeping(choices[chosen]).bitsPerSample(stretches, workspace) - whole
        progress(done, total)
        done += 1
        // Less than nothing is chance; what is not finite is never chosen.
        return loss.isFinite ? max(0, loss) : .infinity
      }
    }
    guard let chosen = choose(losses) else { throw CompressionFault.outputNotFinite }
    progress(total, total)
    let pruned = model.keeping(choices[chosen])
    if pruned.parameters.firstNotFinite != nil { throw CompressionFault.outputNotFinite }
    return pruned
  }

  /// The level of each kind whose losses have the least sum; of equal sums that with the most multiply-adds. Nil where no
  /// sum is finite.
  func choose(_ losses: [[Double]]) -> [Int]? {
    var best: (levels: [Int], loss: Double, cost: Int)?
    var counts = ChannelCounts(model.configuration)
    func visit(_ chosen: [Int], _ loss: Double) {
      let kind = chosen.count
      if kind < levels.count {
        for level in levels[kind].indices {
          counts[keyPath: ChannelCounts.kinds[kind].path] = levels[kind][level]
          visit(chosen + [level], loss + losses[kind][level])
        }
        return
      }
      let cost = model.configuration.multiplyAdds(counts)
      if cost > allowed || !loss.isFinite { return }
      if let best, (best.loss, -best.cost) <= (loss, -cost) { return }
      best = (chosen, loss, cost)
    }
    visit([], 0)
    return best?.levels
  }
}

/// The channels that are left of each kind, at each of its levels.
struct ChannelChoices {
  let residual: [KeptChannels]
  /// By block, then by level.
  let gates: [[KeptChannels]]
  let skip: [KeptChannels]
  let head: [KeptChannels]

  init(_ model: WaveNetModel, _ calibration: Calibration, _ levels: [[Int]], workers: Workers) {
    let (parameters, configuration) = (model.parameters, model.configuration)
    @Sendable func parameter(_ name: String) -> Tensor<Float>? {
      parameters.names.contains(name) ? parameters[name] : nil
    }
    @Sendable func layer(_ path: String) -> ReadjustedLayer {
      ReadjustedLayer(
        weight: parameters[path + ".weight"], bias: parameter(path + ".bias"),
        inputs: calibration.inputs(ofLayer: path))
    }
    let blocks = configuration.dilations.count
    residual = ChannelElimination(workers.map(parts: blocks) { layer("blocks.\($0).dilated") }).results(levels[0])
    // Outputs count by the sums that they are added to: what the head takes, and what the next block takes.
    let skipSquare =
      calibration.inputs(ofLayer: "head.0").meanSquare / (configuration.skipScale * configuration.skipScale)
    let scale = configuration.residualScale * configuration.residualScale
    gates = workers.map(parts: blocks) { index in
      let path = "blocks.\(index)"
      var (weight, bias) = (parameters[path + ".skip.weight"], parameter(path + ".skip.bias"))
      var importance = [Double](repeating: skipSquare > 0 ? 1 / skipSquare : 1, count: configuration.skipChannels)
      if index < blocks - 1 {
        let square = calibration.inputs(ofLayer: "blocks.\(index + 1).dilated").meanSquare / scale
        importance += [Double](repeating: square > 0 ? 1 / square : 1, count: configuration.residualChannels)
        weight = weight.appendingRows(of: parameters[path + ".residual.weight"])
        bias = bias.map { $0.appendingRows(of: parameters[path + ".residual.bias"]) }
      }
      let layer = ReadjustedLayer(
        weight: weight, bias: bias, inputs: calibration.inputs(ofLayer: path + ".skip"), importance: importance)
      return ChannelElimination([layer]).results(levels[1])
    }
    skip = ChannelElimination([layer("head.0")]).results(levels[2])
    head = ChannelElimination([layer("head.1")]).results(levels[3])
  }

  /// The channels at a level of each kind.
  subscript(levels: [Int]) -> NetworkChannels {
    NetworkChannels(
      residual: residual[levels[0]], gates: gates.map { $0[levels[1]] }, skip: skip[levels[2]], head: head[levels[3]])
  }
}

extension LayerInputs {
  /// The mean over time of the sum of squares of a step.
  fileprivate var meanSquare: Double { values.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(1, steps)) }
}

extension WaveNetModel {
  /// Mean bits per sample over the observed steps of stretches, but the last of each, whose code is not among them; 0
  /// where there are none.
  fileprivate func bitsPerSample(_ stretches: [CalibrationSignal.Stretch], _ workspace: Workspace) -> Double {
    let network = network
    var (nats, count) = (0.0, 0)
    for stretch in stretches {
      let steps = stretch.previous.count
      let scored = stretch.observed.lowerBound..<max(stretch.observed.lowerBound, steps - 1)
      if scored.isEmpty { continue }
      let input = network.input(
        previous: stretch.previous, shape: [1, steps], conditions: [stretch.conditions], features: stretch.features)
      let loss = network.loss(
        network.logits(input, Pass(parameters, workspace: workspace)),
        // The code of a step is the one before the next step.
        targets: Array(stretch.previous.dropFirst()) + [0], weights: (0..<steps).map { scored.contains($0) ? 1 : 0 })
      nats += Double(loss.value.item) * Double(scored.count)
      count += scored.count
    }
    return Information.bits(fromNats: nats / Double(max(1, count)))
  }
}
