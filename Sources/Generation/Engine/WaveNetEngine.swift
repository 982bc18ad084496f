import CKernels
import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaWaveNets

/// A WaveNet made ready to generate: its weights packed in the order in which a step reads them. Immutable; any number
/// of streams share it.
///
/// A step is a program of products, gates and conversions over a step buffer. The dilated convolution of a block
/// adds the present tap to the sums of its past taps, which do not wait for anything of this step.
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
  /// The sample that each code stands for.
  public let decodingTable: [Float]

  /// What the last layer says; nil where that is the logits of classes.
  let mixture: DiscretizedMixture?
  /// Multiply-adds of a sample by the precision of the layer that they are for.
  let multiplyAdds: [Precision: Int]
  let kernels: UnsafePointer<kodama_generation>
  let program: Program
  /// Tells engines apart whose caches are not each other's.
  let fingerprint: UInt64
  private let silence: Int
  private let inputGain: Float
  /// Of a network with embedded input: [classes, residual channels], row by row.
  private let embedding: [Float]?
  /// Of a network that is conditioned on labels.
  private let labels: InferenceLabels?
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
    guard let kernels = kodama_generation_entry(instructionSet.index) else {
      preconditionFailure("there are no kernels for \(instructionSet)")
    }
    configuration = model.configuration
    sampleRate = model.sampleRate
    companding = configuration.companding
    mixture = configuration.mixture
    inputGain = Float(configuration.inputGain)
    decodingTable = companding.decodingTable
    silence = companding.silence
    embedding = model.embedding?.elements
    labels = model.labels
    features = model.features
    program = Program(model, kernels: kernels.pointee)
    multiplyAdds = model.layers.reduce(into: [:]) { counts, layer in
      counts[layer.precision, default: 0] += layer.outputs * layer.channels * layer.taps
    }
    var hash = StableHash.State()
    hash.combine("\(instructionSet) \(configuration)")
    hash.combine(embedding ?? [])
    for table in labels?.tables ?? [] { hash.combine(table.elements) }
    for layer in labels?.projections ?? [] { hash.combine(layer.dequantized) }
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

  /// The numbers that the last layer says of a sample.
  public var outputChannels: Int { configuration.outputChannels }

  /// The size of the packed weights in bytes, with biases and scales: what every sample reads.
  public var packedBytes: Int { program.memory.count }

  var layout: StepBufferLayout { program.layout }

  /// Writes the first block's input into a buffer; at the beginning of a signal that is the code of silence, or the
  /// sample 0.
  func embed(_ code: Int?, _ buffer: UnsafeMutableRawPointer) {
    if let embedding {
      let channels = configuration.residualChannels
      embedding.withUnsafeBufferPointer {
        (buffer + layout.blocks[0].input).copyMemory(
          from: $0.baseAddress! + (code ?? silence) * channels, byteCount: 4 * channels)
      }
    } else {
      (buffer + layout.sample).storeBytes(of: code.map { decodingTable[$0] * inputGain } ?? 0, as: Float.self)
    }
  }
}

extension WaveNetEngine {
  /// Writes into a buffer what the labels of its signal add to the gates of all blocks: the same at every step, so that
  /// a step only adds it.
  ///
  /// - Precondition: the conditions are of this network.
  func condition(_ buffer: UnsafeMutableRawPointer, on conditions: Conditions) {
    precondition(
      conditions.fits(configuration.conditioning),
      "\(conditions) do not condition a network on \(configuration.conditioning.labels.map(\.name))")
    guard let labels else { return }
    for (block, offsets) in zip(layout.blocks, labels.gateOffsets(conditions)) {
      guard let start = block.labels else { continue }
      let half = configuration.gateChannels
      for (part, numbers) in [offsets[..<half], offsets[half...]].enumerated() {
        numbers.withUnsafeBytes {
          (buffer + start + part * layout.gateStride).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
        }
      }
    }
  }
}

extension InferenceModel {
  /// Throws where a number is not finite, as a normalized weight of length 0 is, or sums could overflow.
  fileprivate func check() throws(GenerationFault) {
    if let embedding, !embedding.elements.allSatisfy(\.isFinite) { throw .notFinite(parameter: "embedding.weight") }
    for (index, table) in (labels?.tables ?? []).enumerated() where !table.elements.allSatisfy(\.isFinite) {
      throw .notFinite(parameter: "labels.\(index).weight")
    }
    for (name, tensor) in features?.tensors ?? [] where !tensor.elements.allSatisfy(\.isFinite) {
      throw .notFinite(parameter: name)
    }
    for layer in layers + (labels?.projections ?? []) + (input.map { [$0] } ?? []) {
      let numbers: [Float] =
        switch layer.weights {
        case .float32(let values): values
        case .bfloat16(let bits): bits.map { Float(bitPattern: UInt32($0) << 16) }
        case .int8(_, let scales), .int4(_, let scales): scales
        }
      for (name, numbers) in [("weight", numbers), ("bias", layer.bias)] where !numbers.allSatisfy(\.isFinite) {
        throw .notFinite(parameter: "\(layer.path).\(name)")
      }
      let inputs = layer.channels * layer.taps
      if layer.precision == .int8 && inputs > WaveNetEngine.integerInputLimit {
        throw .tooManyInputs(layer: layer.path, inputs: inputs, limit: WaveNetEngine.integerInputLimit)
      }
    }
  }
}

extension WaveNetEngine {
  /// The most inputs of an output whose products of 8 bits always have room in 32: 2³¹ / (255 · 127).
  public static let integerInputLimit = 66_311
}
