import CKernels
import KodamaCore
import KodamaInference

/// All layers of a network packed into one run of memory, in the order in which a step reads them, so that the
/// processor prefetches them.
struct Packing {
  /// The addresses of a layer's numbers.
  struct Location {
    let layer: PackedLayer
    let parts: Int
    /// The blocks of the past and of the present taps, of a layer that is packed without those that are 0.
    fileprivate let blocks: (past: SparseWeights, present: SparseWeights)?
    fileprivate(set) var header = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var past = Weights()
    fileprivate(set) var present = Weights()

    /// Whether its products are those of sparse weights.
    var isSparse: Bool { blocks != nil }

    /// Multiply-adds of a step.
    let multiplyAdds: Int

    fileprivate init(_ layer: InferenceLayer, parts: Int, isPaired: Bool) {
      self.parts = parts
      self.layer = PackedLayer(layer, parts: parts)
      blocks = Packing.blocks(layer, self.layer, parts: parts, isPaired: isPaired)
      multiplyAdds =
        blocks.map { ($0.blocks + $1.blocks) * SparseWeights.blockSize } ?? layer.outputs * layer.channels * layer.taps
    }
  }

  /// The addresses of the weights of some taps.
  struct Weights {
    fileprivate(set) var rows = UnsafeRawPointer(bitPattern: 64)!
    /// Of sparse weights.
    fileprivate(set) var index: UnsafePointer<UInt16>?
  }

  /// The share of blocks that are not 0 up to which products without the others are faster, by measurement.
  private static let sparseShare = 0.6

  /// The blocks of a layer that is faster without those that are 0; nil of others.
  private static func blocks(
    _ layer: InferenceLayer, _ form: PackedLayer, parts: Int, isPaired: Bool
  ) -> (past: SparseWeights, present: SparseWeights)? {
    // Few zeros are no blocks.
    let zeros = layer.zeroShare
    guard zeros >= 1 - sparseShare,
      let past = SparseWeights(layer, form, parts: parts, taps: 0..<layer.taps - 1, isPaired: isPaired),
      let present = SparseWeights(layer, form, parts: parts, taps: layer.taps - 1..<layer.taps, isPaired: isPaired)
    else { return nil }
    let share = Double(past.blocks + present.blocks) / Double(past.allBlocks + present.allBlocks)
    return share <= sparseShare ? (past, present) : nil
  }

  let memory: ByteMemory
  /// Of the graph's layers, in their order; nil of those that are evaluated once for a signal.
  private let locations: [Location?]

  /// The layers that steps read, without addresses.
  static func locations(_ plan: FusionPlan, _ kernels: kodama_generation) -> [Location?] {
    plan.graph.values.compactMap { value -> Location?? in
      guard case .product(let layer, _) = plan.graph[value].operation else { return nil }
      if plan.graph[value].rate == .signal { return .some(nil) }
      let parts = plan.isHalved(value) ? 2 : 1
      return Location(plan.network.layers[layer], parts: parts, isPaired: kernels.has_paired_blocks != 0)
    }
  }

  /// The bytes of all layers.
  static func byteCount(_ locations: [Location?]) -> Int {
    locations.reduce(0) { sum, location in
      guard let location else { return sum }
      let layer = location.layer
      let weights =
        location.blocks.map { [$0.index.count * 2, $0.rows.count, $1.index.count * 2, $1.rows.count] }
        ?? [layer.pastTaps * layer.tapBytes, layer.tapBytes]
      return ([layer.headerBytes] + weights).reduce(sum) { $0 + $1.roundedUp(toMultipleOf: 64) }
    }
  }

  /// - Parameters:
  ///   - locations: those of the plan.
  ///   - order: the instructions of a step in their order.
  init(_ plan: FusionPlan, _ locations: [Location?], order: [Instruction], tileOutputs: Int) {
    var locations = locations
    let memory = ByteMemory(count: Self.byteCount(locations))
    var next = memory.base
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    func pack(_ weights: SparseWeights) -> Weights {
      let index = take(weights.index.count * 2).bindMemory(to: UInt16.self, capacity: weights.index.count)
      index.update(from: weights.index, count: weights.index.count)
      let rows = take(weights.rows.count)
      rows.copyMemory(from: weights.rows, byteCount: weights.rows.count)
      return Weights(rows: UnsafeRawPointer(rows), index: UnsafePointer(index))
    }
    let (layers, biases) = (plan.network.layers, Self.biases(plan))
    // All headers together: among the weights they would interrupt their prefetching.
    for index in locations.indices {
      guard let location = locations[index] else { continue }
      let header = take(location.layer.headerBytes)
      location.layer.packHeader(layers[index], bias: biases[index], parts: location.parts, into: header)
      locations[index]?.header = header
    }
    var packed: (past: Set<Int>, present: Set<Int>) = ([], [])
    for case .product(let product) in order {
      guard let location = locations[product.layer] else { continue }
      let layer = layers[product.layer]
      if product.taps != .present && packed.past.insert(product.layer).inserted {
        if let blocks = location.blocks {
          locations[product.layer]?.past = pack(blocks.past)
        } else {
          let past = take(location.layer.pastTaps * location.layer.tapBytes)
          location.layer.packWeights(
            layer, parts: location.parts, taps: 0..<layer.taps - 1, tileOutputs: tileOutputs, into: past)
          locations[product.layer]?.past = Weights(rows: UnsafeRawPointer(past))
        }
      }
      if product.taps != .past && packed.present.insert(product.layer).inserted {
        if let blocks = location.blocks {
          locations[product.layer]?.present = pack(blocks.present)
        } else {
          let present = take(location.layer.tapBytes)
          location.layer.packWeights(
            layer, parts: location.parts, taps: layer.taps - 1..<layer.taps, tileOutputs: tileOutputs, into: present)
          locations[product.layer]?.present = Weights(rows: UnsafeRawPointer(present))
        }
      }
    }
    precondition(next == memory.base + memory.count, "the order does not contain every layer")
    self.memory = memory
    self.locations = locations
  }

  func location(ofLayer layer: Int) -> Location {
    guard let location = locations[layer] else { preconditionFailure("layer \(layer) is not packed") }
    return location
  }

  /// The bias to pack for each layer: the first product of a sum has the biases of all.
  private static func biases(_ plan: FusionPlan) -> [[Float]] {
    var biases = plan.network.layers.map { $0.correctedBias }
    for value in plan.graph.values {
      guard let sum = plan.sum(of: value), sum.value == value else { continue }
      let layers = sum.products.compactMap { product -> Int? in
        if case .product(let layer, _) = plan.graph[product].operation { layer } else { nil }
      }
      for layer in layers.dropFirst() {
        biases[layers[0]] = zip(biases[layers[0]], biases[layer]).map { $0 + $1 }
        biases[layer] = []
      }
    }
    return biases.map { $0.map { Float($0) } }
  }
}
