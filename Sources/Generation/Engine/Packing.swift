import KodamaCore
import KodamaInference

/// All layers of a network packed into one run of memory, in the order in which a step reads them, so that the
/// processor prefetches them.
struct Packing {
  /// The addresses of a layer's numbers.
  struct Location {
    let layer: PackedLayer
    let parts: Int
    fileprivate(set) var header = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var past = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var present = UnsafeMutableRawPointer(bitPattern: 64)!
  }

  let memory: ByteMemory
  /// Of the graph's layers, in their order; nil of those that are evaluated once for a signal.
  private let locations: [Location?]

  /// The sizes of the layers that steps read.
  private static func locations(_ plan: FusionPlan) -> [Location?] {
    plan.graph.values.compactMap { value -> Location?? in
      guard case .product(let layer, _) = plan.graph[value].operation else { return nil }
      if plan.graph[value].rate == .signal { return .some(nil) }
      let parts = plan.isHalved(value) ? 2 : 1
      return Location(layer: PackedLayer(plan.network.layers[layer], parts: parts), parts: parts)
    }
  }

  /// The bytes of all layers.
  static func byteCount(_ plan: FusionPlan) -> Int {
    locations(plan).reduce(0) { sum, location in
      guard let layer = location?.layer else { return sum }
      return [layer.headerBytes, layer.pastTaps * layer.tapBytes, layer.tapBytes]
        .reduce(sum) { $0 + $1.roundedUp(toMultipleOf: 64) }
    }
  }

  /// - Parameter order: the instructions of a step in their order.
  init(_ plan: FusionPlan, order: [Instruction], tileOutputs: Int) {
    var locations = Self.locations(plan)
    let memory = ByteMemory(count: Self.byteCount(plan))
    var next = memory.base
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
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
        let past = take(location.layer.pastTaps * location.layer.tapBytes)
        location.layer.packWeights(
          layer, parts: location.parts, taps: 0..<layer.taps - 1, tileOutputs: tileOutputs, into: past)
        locations[product.layer]?.past = past
      }
      if product.taps != .past && packed.present.insert(product.layer).inserted {
        let present = take(location.layer.tapBytes)
        location.layer.packWeights(
          layer, parts: location.parts, taps: layer.taps - 1..<layer.taps, tileOutputs: tileOutputs, into: present)
        locations[product.layer]?.present = present
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
