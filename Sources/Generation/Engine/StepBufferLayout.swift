import CKernels
import KodamaWaveNets

/// The offsets of everything in the buffer of a step, in bytes; every part is aligned to a cache line.
struct StepBufferLayout: Sendable {
  /// Of one block.
  struct Block: Sendable {
    /// The block's input, floats.
    var input = 0
    /// The same as the dilated convolution takes it.
    var present = 0
    /// Its past taps, oldest first.
    var past = 0
    /// Bytes of one tap.
    var tapBytes = 0
    /// Bytes from one slot of the ring to the next.
    var slotBytes = 0
    /// What the signal's labels add to the gates; nil where the network is not conditioned on labels.
    var labels: Int?
    /// What labels and the features of the step add to the gates; nil where the network is not conditioned.
    var conditions: Int?
    /// The index of the ring's slot that holds its oldest input and takes the next, a `UInt32`.
    var slot = 0
    /// Where its intermediate results stand while one thread works.
    var work = Work()
    /// Where they stand while two do, apart from those of other blocks.
    var sharedWork = Work()
    /// The past inputs, a ring of `history` taps behind the buffer.
    var ring = 0
    /// Past inputs that the block keeps: (K − 1) · d.
    var history = 0
    /// Time steps between taps.
    var dilation = 0
    /// The byte of silence in the ring: 0 of floats, the zero point of integers.
    var zero: UInt8 = 0
  }

  /// What a block works in.
  struct Work: Sendable {
    /// Sums, then gates: filter, then gate, each padded to whole vectors.
    var gates = 0
    /// The gated output as the skip and the residual convolution take it.
    var skipInput = 0
    var residualInput = 0
  }

  private(set) var blocks: [Block] = []
  /// Bytes of the filter.
  let gateStride: Int
  /// The sample that a network with scalar input is fed with.
  let sample: Int
  let skip: Int
  /// The rectified sum of skip connections as the head takes it.
  let headInput: Int
  let hidden: Int
  /// The rectified hidden layer as the head takes it.
  let hiddenInput: Int
  let logits: Int
  /// Weights of the draw.
  let weights: Int
  /// What labels add to the gates of all blocks, one block after the other, each as its gates.
  let labels: Range<Int>
  /// The features of the step.
  let features: Int
  /// The same as the blocks' layers take them.
  let featureInputs: [OperandForm.Key: Int]
  /// What labels and the features of the step add to the gates of all blocks, as `labels`, which it is without features.
  let conditions: Range<Int>
  /// Bytes of what stands before `conditions` and is needed for them, and of them: a buffer of conditions alone.
  let conditionBytes: Int
  /// Bytes of a buffer without rings and without the work of two threads.
  let stepBytes: Int
  /// Bytes of a buffer with its rings.
  let byteCount: Int

  init(_ model: InferenceModel) {
    let c = model.configuration
    var next = 0
    func reserve(_ bytes: Int) -> Int {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    func floats(_ count: Int) -> Int { reserve(4 * count.roundedUp(toMultipleOf: PackedLayer.lanes)) }
    /// Where floats at `source` stand in the form that a layer takes.
    func operand(of layer: InferenceLayer, at source: Int, rectified: Bool = false) -> Int {
      layer.precision == .float32 && !rectified ? source : reserve(OperandForm(layer).bytes(channels: layer.channels))
    }

    let stride = 4 * c.gateChannels.roundedUp(toMultipleOf: PackedLayer.lanes)
    gateStride = stride
    let offsetBytes = model.blocks.count * 2 * stride
    let labelBytes = model.labels == nil ? 0 : offsetBytes
    let labelStart = reserve(labelBytes)
    labels = labelStart..<labelStart + labelBytes
    let featureLayers = model.blocks.compactMap(\.features)
    var featureInputs: [OperandForm.Key: Int] = [:]
    if let channels = featureLayers.first?.channels {
      features = floats(channels)
      for layer in featureLayers where featureInputs[OperandForm(layer).key] == nil {
        featureInputs[OperandForm(layer).key] = operand(of: layer, at: features)
      }
      let start = reserve(offsetBytes)
      conditions = start..<start + offsetBytes
    } else {
      (features, conditions) = (0, labels)
    }
    self.featureInputs = featureInputs
    conditionBytes = next
    sample = reserve(4)
    let slots = reserve(4 * model.blocks.count)
    /// The gates and what the layers after them take: one run of memory where they take the same.
    func work(_ layers: InferenceModel.Block, gates: Int, operands: (skip: Int, residual: Int)) -> Work {
      guard let residual = layers.residual else { return Work(gates: gates, skipInput: operands.skip) }
      let isShared = OperandForm(residual).key == OperandForm(layers.skip).key
      return Work(
        gates: gates, skipInput: operands.skip, residualInput: isShared ? operands.skip : operands.residual)
    }
    // One block after the other uses the same memory, which so stays in the first-level cache.
    let (input, gates) = (floats(c.residualChannels), reserve(2 * stride))
    let operands = (floats(c.gateChannels), floats(c.gateChannels))
    for (layers, dilation) in zip(model.blocks, c.dilations) {
      var block = Block()
      block.tapBytes = OperandForm(layers.dilated).bytes(channels: c.residualChannels)
      block.slotBytes = block.tapBytes.roundedUp(toMultipleOf: 64)
      // Taps are copied in whole lines, the last one beyond its end.
      block.past = reserve((c.kernelSize - 1) * block.tapBytes + 64)
      // Floats are kept as they are.
      block.input = layers.dilated.precision == .float32 ? floats(c.residualChannels) : input
      block.present = operand(of: layers.dilated, at: block.input)
      block.work = work(layers, gates: gates, operands: operands)
      block.slot = slots + 4 * blocks.count
      block.labels = labels.isEmpty ? nil : labels.lowerBound + blocks.count * 2 * stride
      block.conditions = conditions.isEmpty ? nil : conditions.lowerBound + blocks.count * 2 * stride
      block.history = (c.kernelSize - 1) * dilation
      block.dilation = dilation
      block.zero = UInt8(layers.dilated.input?.zeroPoint ?? 0)
      blocks.append(block)
    }
    skip = floats(c.skipChannels)
    headInput = operand(of: model.head[0], at: skip, rectified: true)
    hidden = floats(c.headChannels)
    hiddenInput = operand(of: model.head[1], at: hidden, rectified: true)
    logits = floats(c.outputChannels)
    weights = floats(c.outputChannels)
    stepBytes = next
    for (index, layers) in model.blocks.enumerated() {
      blocks[index].sharedWork = work(
        layers, gates: reserve(2 * stride), operands: (floats(c.gateChannels), floats(c.gateChannels)))
    }
    for index in blocks.indices { blocks[index].ring = reserve(blocks[index].history * blocks[index].slotBytes) }
    byteCount = next
  }

  /// The rings as kernels take them.
  func rings(kernelSize: Int) -> [kodama_ring] {
    blocks.filter { $0.history > 0 }.map { block in
      kodama_ring(
        ring: block.ring, slot: block.slot, slot_bytes: block.slotBytes, past: block.past, present: block.present,
        tap_bytes: block.tapBytes, history: UInt32(block.history), dilation: UInt32(block.dilation),
        taps: UInt32(kernelSize - 1))
    }
  }

  /// Initializes a buffer for the first step of a signal: everything 0, in the rings as their layers represent it.
  func clear(_ buffer: UnsafeMutableRawPointer) {
    buffer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    for block in blocks where block.zero != 0 {
      (buffer + block.ring).initializeMemory(
        as: UInt8.self, repeating: block.zero, count: block.history * block.slotBytes)
    }
  }
}
