import KodamaWaveNets

/// Where a stream keeps what, as indices into one run of memory; every part begins at a whole vector.
struct StreamLayout: Sendable {
  /// The past inputs of each block, [history][residual channels], a ring.
  let rings: [Int]
  /// The input of each block's product, [K · residual channels]: taps from the ring, then the present input.
  let taps: [Int]
  /// Filter, then gate, each padded to whole vectors.
  let gates: Int
  /// Numbers of the filter.
  let gateStride: Int
  /// The gated outputs of all blocks, [blocks][gate channels].
  let gated: Int
  let skip: Int
  let hidden: Int
  let logits: Int
  /// Weights of the draw.
  let weights: Int
  let count: Int

  init(_ c: WaveNetConfiguration) {
    var next = 0
    func place(_ count: Int) -> Int {
      defer { next += count.roundedUp(toMultipleOf: PackedMatrix.lanes) }
      return next
    }
    func padded(_ count: Int) -> Int { count.roundedUp(toMultipleOf: PackedMatrix.lanes) }
    rings = c.dilations.map { place((c.kernelSize - 1) * $0 * c.residualChannels) }
    // The present input is written in whole vectors.
    taps = c.dilations.map { _ in place((c.kernelSize - 1) * c.residualChannels + padded(c.residualChannels)) }
    gateStride = padded(c.gateChannels)
    gates = place(2 * gateStride)
    gated = place(c.dilations.count * c.gateChannels)
    skip = place(c.skipChannels)
    hidden = place(c.headChannels)
    logits = place(c.classes)
    weights = place(c.classes)
    count = next
  }
}
