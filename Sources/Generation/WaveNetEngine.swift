import CKernels
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaWaveNets

/// A WaveNet made ready to generate: its weights packed in the order in which a step reads them. Immutable; any number
/// of streams share it.
///
/// Per sample and block one product makes the gates from all taps at once and one the next block's input; one product
/// after the blocks adds up all skip connections: z = Σᵢ Wᵢ yᵢ = [W₀ W₁ …] · [y₀ y₁ …]. Skip scale and residual scale
/// are multiplied into the weights.
///
/// - Source: caches as in Paine et al. 2016, "Fast WaveNet generation algorithm".
///
/// `@unchecked Sendable`: nothing changes after the initializer; the pointers are to memory that the engine keeps and
/// to a constant table.
public final class WaveNetEngine: @unchecked Sendable {
  /// One residual block.
  struct Block {
    let gates: PackedMatrix
    /// Nil in the last block.
    let residual: PackedMatrix?
    /// Time steps between taps.
    let dilation: Int
    /// Past inputs that the block keeps: (K − 1) · d.
    let history: Int
  }

  /// The network.
  public let network: WaveNet
  /// The instruction set whose kernels it uses.
  public let instructionSet: InstructionSet
  /// The sample that each code stands for.
  public let decodingTable: [Float]

  let parameters: Parameters<Float>
  let kernels: UnsafePointer<kodama_generation_f32>
  let blocks: [Block]
  let skip: PackedMatrix
  let head: (hidden: PackedMatrix, logits: PackedMatrix)
  /// Of a network with scalar input.
  let input: PackedMatrix?
  /// Of a network with embedded input: [classes, residual channels].
  let embedding: UnsafePointer<Float>?
  let silence: Int
  let layout: StreamLayout
  private let memory: NumberMemory
  private let embeddingTable: Tensor<Float>?

  /// Packs a network.
  ///
  /// - Parameters:
  ///   - parameters: as the network declares them. The engine keeps them too, sharing their memory, to prime streams.
  ///   - instructionSet: whose kernels to use. Samples are the same bit for bit on one of them.
  /// - Throws: `GenerationFault.notFinite`.
  /// - Precondition: every parameter has its declared shape.
  public init(
    _ network: WaveNet, _ parameters: Parameters<Float>, instructionSet: InstructionSet = .current
  ) throws(GenerationFault) {
    if let name = parameters.firstNotFinite { throw .notFinite(parameter: name) }
    for declaration in network.declarations {
      let shape = parameters[declaration.name].shape
      precondition(
        shape == declaration.shape, "\(declaration.name) has shape \(shape), the network takes \(declaration.shape)")
    }
    guard let kernels = kodama_generation_f32_entry(instructionSet.index) else {
      preconditionFailure("there are no kernels for \(instructionSet)")
    }
    let c = network.configuration
    let companding = MuLaw(classes: c.classes)
    var packing = Packing()
    blocks = try network.blocks.map { block throws(GenerationFault) in
      let gates = try DenseMatrix(block.dilated, parameters).padded(parts: 2, multiple: PackedMatrix.lanes)
      let residual = try block.residual.map { layer throws(GenerationFault) in
        try DenseMatrix(layer, parameters, scale: c.residualScale)
      }
      return Block(
        gates: packing.add(gates), residual: residual.map { packing.add($0) },
        dilation: block.dilated.geometry.dilation, history: block.dilated.geometry.lookback)
    }
    let skips = try network.blocks.map { block throws(GenerationFault) in
      try DenseMatrix(block.skip, parameters, scale: c.skipScale)
    }
    skip = packing.add(DenseMatrix(sumOf: skips))
    head = (
      packing.add(try DenseMatrix(network.head[0], parameters)),
      packing.add(try DenseMatrix(network.head[1], parameters))
    )
    input = try network.inputConvolution.map { layer throws(GenerationFault) in
      packing.add(try DenseMatrix(layer, parameters))
    }
    memory = packing.memory(blockOutputs: kernels.pointee.block_outputs)
    embeddingTable = network.embedding?.table(from: parameters)
    embedding = embeddingTable.map { UnsafePointer($0.region.base) }
    decodingTable = companding.decodingTable
    silence = companding.silence
    layout = StreamLayout(c)
    self.network = network
    self.parameters = parameters
    self.instructionSet = instructionSet
    self.kernels = kernels
  }

  /// The number of classes.
  public var classes: Int { network.configuration.classes }

  /// The size of the packed weights in bytes: what every sample reads.
  public var packedBytes: Int { memory.count * MemoryLayout<Float>.stride }

  var weights: UnsafePointer<Float> { UnsafePointer(memory.base) }
}

/// Matrices on their way into one run of memory, in the order in which they are added.
private struct Packing {
  private var matrices: [(DenseMatrix, PackedMatrix)] = []
  private var count = 0

  mutating func add(_ matrix: DenseMatrix) -> PackedMatrix {
    let packed = PackedMatrix(matrix, offset: count)
    matrices.append((matrix, packed))
    count += packed.count
    return packed
  }

  func memory(blockOutputs: Int) -> NumberMemory {
    let memory = NumberMemory(count: count)
    for (matrix, packed) in matrices { packed.pack(matrix, blockOutputs: blockOutputs, into: memory.base) }
    return memory
  }
}
