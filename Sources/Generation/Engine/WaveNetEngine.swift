import CKernels
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaWaveNets

/// A WaveNet compiled for generation: its weights packed in the order in which a step reads them. Immutable; any number
/// of streams share it.
///
/// A step is a program of products, gates and conversions over a step buffer, compiled from the network's step graph.
/// The dilated convolution of a block adds the present tap to the sums of its past taps, which do not wait for anything
/// of the step.
///
/// - Source: caches as in Paine et al. 2016, "Fast WaveNet generation algorithm".
///
/// `@unchecked Sendable`: nothing changes after the initializer; the pointers are to memory that the engine keeps and
/// to a constant table.
public final class WaveNetEngine: @unchecked Sendable {
  /// The architecture.
  public let configuration: WaveNetConfiguration
  /// Samples per second of the model, in Hz.
  public let sampleRate: Int
  /// The instruction set whose kernels it uses.
  public let instructionSet: InstructionSet
  /// Between samples and codes.
  public let companding: Companding
  /// The sample that each code represents.
  public let decodingTable: [Float]

  /// The mixture whose parameters are the output; nil where the output is the logits of classes.
  let mixture: DiscretizedMixture?
  let kernels: UnsafePointer<kodama_generation>
  let program: Program
  /// Distinguishes engines whose caches are not compatible.
  let fingerprint: UInt64
  private let silence: Int
  private let inputGain: Float
  private let network: InferenceNetwork
  /// Where a step's input is written, and the numbers of a network's rows.
  private let input: (offset: Int, rows: [Float]?)
  /// Of a network that is conditioned on features.
  let features: InferenceFeatures?

  /// Packs a model.
  ///
  /// - Parameter instructionSet: whose kernels to use. Samples are the same bit for bit on one of them.
  /// - Throws: `GenerationFault.notFinite`, `.tooManyInputs`.
  public init(
    _ model: InferenceModel, instructionSet: InstructionSet = .current
  ) throws(GenerationFault) {
    try model.check()
    let kernels = instructionSet.generation
    configuration = model.configuration
    sampleRate = model.sampleRate
    companding = configuration.companding
    mixture = configuration.mixture
    decodingTable = companding.decodingTable
    silence = companding.silence
    network = model.network
    features = model.features
    program = Program(model.network, kernels: kernels.pointee)
    (input, inputGain) = Self.input(model.network, program.layout)
    var hash = StableHash.State()
    hash.combine("\(instructionSet) \(configuration)")
    for table in network.tables { hash.combine(table.elements) }
    for layer in network.layers where layer.precision == .float32 { hash.combine(layer.dequantized) }
    for tensor in features?.tensors ?? [] { hash.combine(tensor.1.elements) }
    program.memory.combine(into: &hash)
    fingerprint = hash.hash.value
    self.instructionSet = instructionSet
    self.kernels = kernels
  }

  /// Packs a network in single precision.
  ///
  /// - Throws: as `init(_:instructionSet:)`.
  public convenience init(
    _ network: WaveNet, _ parameters: Parameters<Float>, instructionSet: InstructionSet = .current
  ) throws(GenerationFault) {
    if let name = parameters.firstNotFinite { throw .notFinite(parameter: name) }
    try self.init(InferenceModel(network, parameters, sampleRate: 1), instructionSet: instructionSet)
  }

  /// The number of codes that a sample can have: classes, or the levels of 16 bits.
  public var levels: Int { decodingTable.count }

  /// The numbers of the output for a sample.
  public var outputChannels: Int { configuration.outputChannels }

  /// The size of the packed weights in bytes, with biases and scales: what every sample reads.
  public var packedBytes: Int { program.memory.count }

  var layout: StepBufferLayout { program.layout }

  /// Where the input of a step is written, and what samples are multiplied by.
  private static func input(
    _ network: InferenceNetwork, _ layout: StepBufferLayout
  ) -> (input: (offset: Int, rows: [Float]?), gain: Float) {
    for value in network.graph.values {
      switch network.graph[value].operation {
      case .row(let table): return ((layout.offset(of: value), network.tables[table].elements), 1)
      case .sample(let gain): return ((layout.offset(of: value), nil), Float(gain))
      default: continue
      }
    }
    preconditionFailure("the network takes neither codes nor samples")
  }

  /// Writes the input of a step into a buffer; at the start of a signal that is the row of the code of silence, or the
  /// sample 0.
  func embed(_ code: Int?, _ buffer: UnsafeMutableRawPointer) {
    guard let rows = input.rows else {
      let sample = code.map { decodingTable[$0] * inputGain } ?? 0
      return (buffer + input.offset).storeBytes(of: sample, as: Float.self)
    }
    let channels = rows.count / levels
    rows.withUnsafeBufferPointer {
      (buffer + input.offset).copyMemory(
        from: $0.baseAddress! + (code ?? silence) * channels, byteCount: 4 * channels)
    }
  }

  /// Writes the values that are the same at all steps of a signal into a buffer.
  ///
  /// - Precondition: the conditions are of this network.
  func condition(_ buffer: UnsafeMutableRawPointer, on conditions: Conditions) {
    precondition(
      conditions.fits(configuration.conditioning),
      "\(conditions) do not condition a network on \(configuration.conditioning.labels.map(\.name))")
    if layout.signalValues.isEmpty { return }
    let values = network.signalValues(conditions.mixtures)
    for value in layout.signalValues {
      let numbers = values[value] ?? []
      let parts = program.layout.parts(of: value)
      let channels = numbers.count / parts
      for part in 0..<parts {
        numbers[part * channels..<(part + 1) * channels].withUnsafeBytes {
          (buffer + layout.offset(of: value) + part * StepBufferLayout.halfBytes(channels: channels)).copyMemory(
            from: $0.baseAddress!, byteCount: $0.count)
        }
      }
    }
  }
}

extension InferenceModel {
  /// Throws where a number is not finite, as a normalized weight of length 0 is, or sums could overflow.
  fileprivate func check() throws(GenerationFault) {
    for (form, table) in zip(network.graph.tables, network.tables) where !table.elements.allSatisfy(\.isFinite) {
      throw .notFinite(parameter: form.declarations[0].name)
    }
    for (name, tensor) in features?.tensors ?? [] where !tensor.elements.allSatisfy(\.isFinite) {
      throw .notFinite(parameter: name)
    }
    for layer in network.layers {
      let numbers: [Float] =
        switch layer.weights {
        case .float32(let values): values
        case .bfloat16(let bits): bits.map { Float(bitPattern: UInt32($0) << 16) }
        case .integers(_, _, let scales): scales
        }
      for (name, numbers) in [("weight", numbers), ("bias", layer.bias ?? [])] where !numbers.allSatisfy(\.isFinite) {
        throw .notFinite(parameter: "\(layer.path).\(name)")
      }
      let inputs = layer.channels * layer.taps
      if layer.precision.hasIntegerInputs && !layer.precision.hasGroups
        && inputs > WaveNetEngine.integerInputLimit
      {
        throw .tooManyInputs(layer: layer.path, inputs: inputs, limit: WaveNetEngine.integerInputLimit)
      }
    }
  }
}

extension WaveNetEngine {
  /// The most inputs of an output whose products of 8 bits always have room in 32: 2³¹ / (255 · 127).
  public static let integerInputLimit = 66_311
}

extension WaveNetEngine {
  /// Writes the inputs of a step into a stream's buffer: the first block's input and the conditions.
  func writeInput(_ memory: StreamMemory) {
    embed(memory.input, memory.base)
    memory.conditions?.takeStep(memory.buffer.descriptors, self)
  }

  /// Brings the present input through all blocks and into their caches, and makes the logits where they are wanted.
  /// Takes no memory.
  func step(_ memory: StreamMemory, logits: Bool) {
    let descriptors = memory.buffer.descriptors
    program.run(program.gather, steps: 1, descriptors)
    writeInput(memory)
    program.run(program.input, steps: 1, descriptors)
    program.run(program.stack, steps: 1, descriptors)
    if logits { program.run(program.head, steps: 1, descriptors) }
    program.run(program.keep, steps: 1, descriptors)
  }

  /// The same for several streams at once, each of which gets what it would get alone. Takes no memory.
  ///
  /// - Parameter descriptors: room for a descriptor of each stream's buffer.
  func step(_ memories: UnsafeBufferPointer<StreamMemory>, _ descriptors: UnsafeMutablePointer<kodama_step_buffer>) {
    for (index, memory) in memories.enumerated() {
      writeInput(memory)
      descriptors[index] = memory.buffer.descriptors[0]
    }
    program.run(program.gather, steps: memories.count, descriptors)
    program.run(program.input, steps: memories.count, descriptors)
    for stage in program.stages { program.run(stage.whole, steps: memories.count, descriptors) }
    program.run(program.head, steps: memories.count, descriptors)
    program.run(program.keep, steps: memories.count, descriptors)
  }
}
