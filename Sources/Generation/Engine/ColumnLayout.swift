import CKernels
import KodamaWaveNets

/// Where a step keeps what, in bytes from the beginning of its column; every part begins at a cache line.
struct ColumnLayout: Sendable {
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
    /// Sums, then gates: filter, then gate, each padded to whole vectors.
    var gates = 0
    /// The gated output, floats.
    var gated = 0
    /// The same as the skip and the residual convolution take it.
    var skipInput = 0
    var residualInput = 0
    /// The past inputs, a ring of `history` taps behind the column.
    var ring = 0
    /// Past inputs that the block keeps: (K − 1) · d.
    var history = 0
    /// Time steps between taps.
    var dilation = 0
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
  /// Bytes of a column without rings.
  let columnBytes: Int
  /// Bytes of a column with its rings.
  let byteCount: Int

  init(_ model: InferenceModel) {
    let c = model.configuration
    var next = 0
    func place(_ bytes: Int) -> Int {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    func floats(_ count: Int) -> Int { place(4 * count.roundedUp(toMultipleOf: PackedLayer.lanes)) }
    /// Where floats at `source` stand in the form that a layer takes.
    func operand(of layer: InferenceLayer, at source: Int, rectified: Bool = false) -> Int {
      layer.precision == .float32 && !rectified ? source : place(OperandForm(layer).bytes(channels: layer.channels))
    }

    let stride = 4 * c.gateChannels.roundedUp(toMultipleOf: PackedLayer.lanes)
    gateStride = stride
    sample = place(4)
    for (layers, dilation) in zip(model.blocks, c.dilations) {
      var block = Block()
      block.tapBytes = OperandForm(layers.dilated).bytes(channels: c.residualChannels)
      block.past = place((c.kernelSize - 1) * block.tapBytes)
      block.input = floats(c.residualChannels)
      block.present = operand(of: layers.dilated, at: block.input)
      block.gates = place(2 * stride)
      block.gated = floats(c.gateChannels)
      block.skipInput = operand(of: layers.skip, at: block.gated)
      if let residual = layers.residual {
        let isShared = OperandForm(residual).key == OperandForm(layers.skip).key
        block.residualInput = isShared ? block.skipInput : operand(of: residual, at: block.gated)
      }
      block.history = (c.kernelSize - 1) * dilation
      block.dilation = dilation
      blocks.append(block)
    }
    skip = floats(c.skipChannels)
    headInput = operand(of: model.head[0], at: skip, rectified: true)
    hidden = floats(c.headChannels)
    hiddenInput = operand(of: model.head[1], at: hidden, rectified: true)
    logits = floats(c.classes)
    weights = floats(c.classes)
    columnBytes = next
    for index in blocks.indices { blocks[index].ring = place(blocks[index].history * blocks[index].tapBytes) }
    byteCount = next
  }
}
