import KodamaCore
import KodamaLayers
import KodamaTensors

/// What one of several processes has of a WaveNet.
///
/// **By layers**: a stage receives the residual channels and the sum of the skip connections of every step from the stage
/// before, with the conditioning input where there is one, and sends its own on. The backward pass goes the other way. The
/// results are those of one process.
///
/// **By channels**: a process computes its gate channels, and what they add to the residual channels and to the skip
/// connections; both are then added up over all processes. Of the head each has some of the hidden channels, and logits are
/// added up. The results differ from those of one process in rounding.
///
/// - Source: Huang et al. 2019, "GPipe", §2; Shoeybi et al. 2019, "Megatron-LM", §3.
public struct WaveNetPart: Sendable {
  private enum Form {
    case stage(Range<Int>, of: Int, any StageLink)
    case channels(Int, of: Int, any ActivationSum)
  }

  private let form: Form
  /// The parameters.
  package let share: ParameterShare

  /// A stage with some of the blocks.
  package init(stage blocks: Range<Int>, of configuration: WaveNetConfiguration, _ link: any StageLink) {
    form = .stage(blocks, of: configuration.dilations.count, link)
    share = Self.share(of: configuration, stage: blocks)
  }

  /// One of `count` shares of the channels.
  package init(
    channels number: Int, of count: Int, _ configuration: WaveNetConfiguration, _ sum: any ActivationSum
  ) {
    form = .channels(number, of: count, sum)
    share = Self.share(of: configuration, channels: number, of: count)
  }

  /// Whether the process has the outputs of the network: the last stage, or all where channels are divided.
  package var hasOutputs: Bool {
    switch form {
    case .stage(let blocks, let count, _): blocks.upperBound == count
    case .channels: true
    }
  }

  /// Whether the measures of this process are those of the network: those of the process with the outputs, of several the
  /// first.
  package var hasMeasures: Bool {
    if case .channels(let number, _, _) = form { number == 0 } else { hasOutputs }
  }

  /// The blocks; nil for all.
  var blocks: Range<Int>? {
    if case .stage(let blocks, _, _) = form { blocks } else { nil }
  }

  /// The configuration of the part.
  func configuration(of whole: WaveNetConfiguration) -> WaveNetConfiguration {
    guard case .channels(let number, let count, _) = form else { return whole }
    var result = whole
    result.gateChannels = Workers.range(of: number, parts: count, count: whole.gateChannels).count
    result.headChannels = Workers.range(of: number, parts: count, count: whole.headChannels).count
    return result
  }

  /// The scaled sums of the skip connections; a 0 where the process has no outputs.
  func skipSums<S: Scalar>(of network: WaveNet, _ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S> {
    switch form {
    case .stage(_, _, let link): stage(network, input, link, pass)
    case .channels(let number, _, let sum): channels(network, input, number, sum, pass)
    }
  }

  /// The outputs of the head, computed by a function from its input to its outputs, or to the share of these.
  func outputs<S: Scalar>(_ input: Variable<S>, _ logits: (Variable<S>) -> Variable<S>) -> Variable<S> {
    guard case .channels(_, _, let sum) = form else { return logits(input) }
    return logits(input.shared { sum.add(&$0) }).summed { sum.add(&$0) }
  }

  private func stage<S: Scalar>(
    _ network: WaveNet, _ input: WaveNetInput, _ link: any StageLink, _ pass: Pass<S>
  ) -> Variable<S> {
    let (c, batch, steps) = (network.configuration, input.shape[0], input.shape[1])
    let conditioning = c.conditioning
    let shapes: [Shape] =
      [[batch, steps, c.residualChannels], [batch, steps, c.skipChannels]]
      + (conditioning.labels.isEmpty ? [] : [[batch, 1, conditioning.channels]])
      + (conditioning.features.map { [[batch, steps, $0.channels]] } ?? [])
    var (x, skip): (Variable<S>?, Variable<S>?)
    var conditions: ConditioningInput<S>
    if network.blocks.first?.index == 0 {
      (x, skip) = (network.firstBlockInput(input, pass), nil)
      conditions = network.conditioningInput(input, pass)
    } else {
      let found = pass.tape.received(link.receive(shapes, from: .previous)) { link.send($0, to: .previous) }
      (x, skip) = (found[0], found[1])
      conditions = ConditioningInput(
        labels: conditioning.labels.isEmpty ? nil : found[2], features: conditioning.features.map { _ in found.last! })
    }
    for block in network.blocks {
      block.forward(&x, skip: &skip, &conditions, pass)
      link.advance()
    }
    if hasOutputs { return network.scaled(skip) }
    let outputs = [x, skip, conditions.labels, conditions.features].compactMap { $0 }
    link.send(outputs.map(\.value), to: .next)
    return pass.tape.passedOn(outputs) { link.receive(shapes, from: .next) }
  }

  private func channels<S: Scalar>(
    _ network: WaveNet, _ input: WaveNetInput, _ number: Int, _ sum: any ActivationSum, _ pass: Pass<S>
  ) -> Variable<S> {
    let all = network.conditioningInput(input, pass)
    var conditions = ConditioningInput(
      labels: all.labels?.shared { sum.add(&$0) }, features: all.features?.shared { sum.add(&$0) })
    var x: Variable<S>? = network.firstBlockInput(input, pass)
    var skip: Variable<S>?
    for block in network.blocks {
      let shared = x?.shared { sum.add(&$0) }
      x = shared
      block.forward(&x, skip: &skip, &conditions, pass)
      // The input of the block is in the sum once.
      if number > 0, let shared { x = x.map { $0 - shared * S(block.residualScale) } }
      x = x?.summed { sum.add(&$0) }
    }
    return network.scaled(skip).summed { sum.add(&$0) }
  }
}

extension WaveNetPart: Equatable {
  public static func == (a: WaveNetPart, b: WaveNetPart) -> Bool {
    switch (a.form, b.form) {
    case (.stage(let blocks, let count, _), .stage(let others, let all, _)): blocks == others && count == all
    case (.channels(let number, let count, _), .channels(let other, let all, _)): number == other && count == all
    case (.stage, .channels), (.channels, .stage): false
    }
  }
}
