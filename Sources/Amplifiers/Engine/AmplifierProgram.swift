import CKernels
import KodamaTensors

/// The steps of a model of one size over blocks of at most 64 frames, with their memory.
final class AmplifierProgram {
  private let memory = ProgramMemory()
  private let steps: UnsafeMutableBufferPointer<kodama_amplifier_step>
  private let input: ProgramMemory.Rows
  private let output: ProgramMemory.Rows
  private let (inputChannels, outputChannels): (Int, Int)

  init(_ model: AmplifierModel, _ instructionSet: InstructionSet) {
    var builder = ProgramBuilder(instructionSet, memory)
    (inputChannels, outputChannels) = (model.architecture.inputChannels, model.architecture.outputChannels)
    input = memory.rows(inputChannels)
    output = builder.outputs(of: model, input)
    steps = .allocate(capacity: builder.steps.count)
    _ = steps.initialize(from: builder.steps)
    warm(model)
    memory.save()
  }

  deinit { steps.deallocate() }

  /// Runs silence until the rings hold what an endless one leaves in them; recurrent networks for half a second.
  private func warm(_ model: AmplifierModel) {
    let frames = model.architecture.lookback.map { $0 + 1 } ?? Int(model.effectiveSampleRate / 2)
    var left = frames
    while left > 0 {
      kodama_amplifier_run(steps.baseAddress, steps.count, ProgramMemory.frames)
      left -= ProgramMemory.frames
    }
  }

  /// Returns to the state after silence.
  func reset() { memory.restore() }

  /// Processes frames of planar channels. Allocates nothing, takes no lock, and makes no call to the system.
  func run(
    _ inputs: UnsafePointer<UnsafePointer<Float>>, _ outputs: UnsafePointer<UnsafeMutablePointer<Float>>, frames: Int
  ) {
    let (from, to) = (input.pointee, output.pointee)
    var done = 0
    while done < frames {
      let count = min(ProgramMemory.frames, frames - done)
      for channel in 0..<inputChannels {
        (from.frames + channel * from.stride).update(from: inputs[channel] + done, count: count)
      }
      kodama_amplifier_run(steps.baseAddress, steps.count, count)
      for channel in 0..<outputChannels {
        (outputs[channel] + done).update(from: to.frames + channel * to.stride, count: count)
      }
      done += count
    }
  }
}

extension ProgramBuilder {
  /// The steps of a model; returns the rows of its outputs.
  mutating func outputs(of model: AmplifierModel, _ input: Rows) -> Rows {
    let model = model.sized(1)
    var weights = WeightReader(model.weights)
    switch model.architecture {
    case .waveNet(let network): return outputs(of: network, &weights, input)
    case .lstm(let network): return outputs(of: network, &weights, input)
    case .convNet(let network): return outputs(of: network, &weights, input)
    case .linear(let network): return outputs(of: network, &weights, input)
    case .container: preconditionFailure("a container is no network")
    }
  }

  private mutating func outputs(of network: AmplifierLSTM, _ weights: inout WeightReader, _ input: Rows) -> Rows {
    let units = network.units
    // Without a layer the output is the input, whatever the weights behind.
    if network.layers == 0 {
      let output = memory.rows(network.outputChannels)
      scale(input, channels: min(network.inputChannels, network.outputChannels), to: output)
      return output
    }
    var (x, inputs) = (input, network.inputChannels)
    for _ in 0..<network.layers {
      let weight = weights.next(4 * units * (inputs + units))
      let bias = weights.next(4 * units)
      let (hidden, cell) = (weights.next(units), weights.next(units))
      let y = memory.rows(units)
      recur(x, inputs: inputs, units: units, weights: weight, bias: bias, hidden: hidden, cell: cell, to: y)
      (x, inputs) = (y, units)
    }
    let output = memory.rows(network.outputChannels)
    let head = weights.next(network.outputChannels * units)
    convolve(
      PackedConvolution(
        inputs: units, outputs: network.outputChannels, weights: head, bias: weights.next(network.outputChannels)), x,
      to: output)
    return output
  }

  private mutating func outputs(of network: AmplifierConvNet, _ weights: inout WeightReader, _ input: Rows) -> Rows {
    let channels = network.channels
    var inputs = network.inputChannels
    var x = memory.rows(inputs, lookback: network.dilations[0])
    scale(input, channels: inputs, to: x)
    let last = memory.rows(channels)
    for (index, dilation) in network.dilations.enumerated() {
      var convolution = Array(weights.next(channels * inputs / network.groups * 2))
      var bias: [Float]
      if network.isNormalized {
        let statistics = (0..<4).map { _ in Array(weights.next(channels)) }
        let epsilon = weights.next(1).first!
        let scales = (0..<channels).map { statistics[2][$0] / (statistics[1][$0] + epsilon).squareRoot() }
        bias = (0..<channels).map { statistics[3][$0] - scales[$0] * statistics[0][$0] }
        let row = convolution.count / channels
        for place in convolution.indices { convolution[place] *= scales[place / row] }
      } else {
        bias = Array(weights.next(channels))
      }
      let y = memory.rows(channels)
      convolve(
        PackedConvolution(
          inputs: inputs, outputs: channels, groups: network.groups, taps: 2, dilation: dilation,
          weights: convolution[...], bias: bias[...]), x, to: y)
      let isLast = index == network.dilations.count - 1
      x = isLast ? last : memory.rows(channels, lookback: network.dilations[index + 1])
      activate(network.activation, .none, y, channels: channels, to: x)
      inputs = channels
    }
    let output = memory.rows(network.outputChannels)
    let head = weights.next(network.outputChannels * channels)
    convolve(
      PackedConvolution(
        inputs: channels, outputs: network.outputChannels, weights: head, bias: weights.next(network.outputChannels)),
      x, to: output)
    return output
  }

  private mutating func outputs(of network: AmplifierLinear, _ weights: inout WeightReader, _ input: Rows) -> Rows {
    let (channels, taps) = (network.channels, network.receptiveField)
    let x = memory.rows(channels, lookback: taps - 1)
    scale(input, channels: channels, to: x)
    let response = Array(weights.next(taps).reversed())
    let all = (0..<channels).flatMap { _ in response }
    let bias = network.hasBias ? Array(repeating: weights.next(1).first!, count: channels) : nil
    let output = memory.rows(channels)
    convolve(
      PackedConvolution(
        inputs: channels, outputs: channels, groups: channels, taps: taps, weights: all[...], bias: bias?[...]), x,
      to: output)
    return output
  }
}

/// Takes weights in their order.
struct WeightReader {
  private let weights: [Float]
  private var position = 0

  init(_ weights: [Float]) { self.weights = weights }

  /// The next weights.
  mutating func next(_ count: Int) -> ArraySlice<Float> {
    position += count
    return weights[position - count..<position]
  }

  /// The last weight of all.
  var last: Float { weights[weights.count - 1] }
}
