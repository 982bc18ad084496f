import CKernels
import KodamaTensors

/// Makes the steps of a program: one call per operation, on rows of its memory.
struct ProgramBuilder {
  typealias Rows = ProgramMemory.Rows

  let kernels: kodama_amplifiers
  let memory: ProgramMemory
  private(set) var steps: [kodama_amplifier_step] = []

  init(_ instructionSet: InstructionSet, _ memory: ProgramMemory) {
    guard let entry = kodama_amplifiers_entry(instructionSet.index) else {
      preconditionFailure("there are no kernels for \(instructionSet)")
    }
    (kernels, self.memory) = (entry.pointee, memory)
  }

  private mutating func add(
    _ run: (@convention(c) (UnsafePointer<kodama_amplifier_step>?, Int) -> Void)?,
    _ change: (inout kodama_amplifier_step) -> Void
  ) {
    var step = kodama_amplifier_step()
    step.run = run
    change(&step)
    steps.append(step)
  }

  /// output = the convolution of input, or is increased by it.
  mutating func convolve(_ convolution: PackedConvolution, _ input: Rows, to output: Rows, adds: Bool = false) {
    let main = convolution.stored(in: memory)
    add(adds ? kernels.convolve_add : kernels.convolve) { ($0.input, $0.output, $0.main) = (input, output, main) }
  }

  /// output = f(input), gated or blended where the input has twice the channels.
  mutating func activate(
    _ activation: AmplifierActivation, _ gating: AmplifierGating, _ input: Rows, channels: Int,
    to output: Rows
  ) {
    let (first, second) = (stored(activation, channels), gating.second.map { stored($0, channels) })
    add(kernels.activate) { step in
      (step.input, step.output, step.channels) = (input, output, channels)
      (step.activation, step.gating) = (first, gating.code)
      if let second { step.second = second }
    }
  }

  /// output = input · scale (+ shift), with scale and shift the halves of `factors`.
  mutating func modulate(_ input: Rows, by factors: Rows, hasShift: Bool, channels: Int, to output: Rows) {
    add(kernels.modulate) { step in
      (step.input, step.condition, step.output) = (input, factors, output)
      (step.channels, step.shifts) = (channels, hasShift ? 1 : 0)
    }
  }

  /// output = a + b
  mutating func add(_ a: Rows, _ b: Rows, channels: Int, to output: Rows) {
    add(kernels.add) { ($0.input, $0.condition, $0.output, $0.channels) = (a, b, output, channels) }
  }

  /// output = factor · input
  mutating func scale(_ input: Rows, by factor: Float = 1, channels: Int, to output: Rows) {
    add(kernels.scale) { ($0.input, $0.output, $0.channels, $0.factor) = (input, output, channels, factor) }
  }

  /// output = the hidden state of a layer of LSTM.
  ///
  /// - Parameters:
  ///   - weights: [4 · units, inputs + units], with the rows of the gates i, f, g and o.
  ///   - bias: [4 · units]
  mutating func recur(
    _ input: Rows, inputs: Int, units: Int, weights: ArraySlice<Float>, bias: ArraySlice<Float>,
    hidden: ArraySlice<Float>, cell: ArraySlice<Float>, to output: Rows
  ) {
    let (lanes, columns) = (kernels.lanes, inputs + units)
    let blocks = (units + lanes - 1) / lanes
    /// The numbers of the gates of a block of units, zeros beyond the last unit.
    func gates(_ block: Int, _ number: (_ row: Int) -> Float) -> [Float] {
      (0..<4).flatMap { gate in
        (block * lanes..<(block + 1) * lanes).map { unit in unit < units ? number(gate * units + unit) : 0 }
      }
    }
    func padded(_ values: ArraySlice<Float>) -> [Float] {
      Array(values) + Array(repeating: 0, count: blocks * lanes - units)
    }
    var main = kodama_amplifier_convolution()
    main.inputs = inputs
    main.bias = UnsafePointer(
      memory.floats((0..<blocks).flatMap { gates($0) { bias[bias.startIndex + $0] } }))
    main.weights = UnsafePointer(
      memory.floats(
        (0..<blocks).flatMap { block in
          (0..<columns).flatMap { column in
            gates(block) { weights[weights.startIndex + $0 * columns + column] }
          }
        }))
    let state = memory.state(padded(hidden) + padded(cell) + padded(hidden))
    add(kernels.recur) { step in
      (step.input, step.output, step.main, step.channels, step.scratch) = (input, output, main, units, state)
    }
  }

  /// A whole layer of a WaveNet without groups and modulations.
  mutating func layer(
    _ layer: LayerArray.Layer, bottleneck: Int, main: PackedConvolution, mixin: PackedConvolution,
    pointwise: PackedConvolution?, input: Rows, condition: Rows, output: Rows?, sum: Rows, beginsSum: Bool
  ) {
    let memory = memory
    let (first, second) = (stored(layer.activation, bottleneck), layer.gating.second.map { stored($0, bottleneck) })
    add(kernels.layer) { step in
      (step.input, step.condition, step.output, step.sum) = (input, condition, output, sum)
      (step.main, step.mixin) = (main.stored(in: memory), mixin.stored(in: memory))
      if let pointwise { step.pointwise = pointwise.stored(in: memory) }
      (step.activation, step.gating, step.channels) = (first, layer.gating.code, bottleneck)
      if let second { step.second = second }
      step.begins = beginsSum ? 1 : 0
      step.scratch = memory.floats(main.outputs * ProgramMemory.frames)
    }
  }

  private func stored(_ activation: AmplifierActivation, _ channels: Int) -> kodama_amplifier_activation {
    var stored = kodama_amplifier_activation()
    func slopes(_ slopes: [Float]) {
      stored.function = KODAMA_AMPLIFIER_LEAKY_RELU
      let all = slopes.count == 1 ? Array(repeating: slopes[0], count: channels) : slopes
      stored.slopes = UnsafePointer(memory.floats(all))
    }
    switch activation {
    case .tanh: stored.function = KODAMA_AMPLIFIER_TANH
    case .fastTanh: stored.function = KODAMA_AMPLIFIER_FAST_TANH
    case .hardTanh: stored.function = KODAMA_AMPLIFIER_HARD_TANH
    case .relu: slopes([0])
    case .leakyReLU(let slope): slopes([slope])
    case .prelu(let all): slopes(all)
    case .sigmoid: stored.function = KODAMA_AMPLIFIER_SIGMOID
    case .silu: stored.function = KODAMA_AMPLIFIER_SILU
    case .hardSwish: stored.function = KODAMA_AMPLIFIER_HARD_SWISH
    case .leakyHardTanh(let minimum, let maximum, let slopeBelow, let slopeAbove):
      stored.function = KODAMA_AMPLIFIER_LEAKY_HARD_TANH
      stored.bounds = (minimum, maximum, slopeBelow, slopeAbove)
    case .softsign: stored.function = KODAMA_AMPLIFIER_SOFTSIGN
    }
    return stored
  }
}

extension AmplifierGating {
  fileprivate var code: kodama_amplifier_gating {
    switch self {
    case .none: KODAMA_AMPLIFIER_UNGATED
    case .gated: KODAMA_AMPLIFIER_GATED
    case .blended: KODAMA_AMPLIFIER_BLENDED
    }
  }
}

/// A convolution with its weights in the order of the kernels.
struct PackedConvolution {
  let inputs: Int
  let outputs: Int
  let groups: Int
  let taps: Int
  let dilation: Int
  private let weights: [Float]
  private let bias: [Float]?

  /// - Parameters:
  ///   - weights: [outputs, inputs / groups, taps], oldest tap first.
  ///   - bias: [outputs]
  init(
    inputs: Int, outputs: Int, groups: Int = 1, taps: Int = 1, dilation: Int = 1, weights: ArraySlice<Float>,
    bias: ArraySlice<Float>?
  ) {
    (self.inputs, self.outputs, self.groups) = (inputs, outputs, groups)
    (self.taps, self.dilation, self.bias) = (taps, dilation, bias.map(Array.init))
    let (inner, outer) = (inputs / groups, outputs / groups)
    self.weights = (0..<groups).flatMap { group in
      packedInGroups(outputs: outer, inputs: inner, taps: taps, group: kodama_amplifier_group) { output, input, tap in
        weights[weights.startIndex + ((group * outer + output) * inner + input) * taps + tap]
      }
    }
  }

  /// The samples of the past that an output depends on.
  var lookback: Int { (taps - 1) * dilation }

  func stored(in memory: ProgramMemory) -> kodama_amplifier_convolution {
    kodama_amplifier_convolution(
      inputs: inputs, outputs: outputs, groups: groups, taps: taps, dilation: dilation,
      weights: UnsafePointer(memory.floats(weights)), bias: bias.map { UnsafePointer(memory.floats($0)) })
  }
}
