import KodamaCore
import KodamaWaveNets

/// All layers of a model packed into one run of memory, in the order in which `Program.stack` reads them: the processor
/// prefetches what lies ahead.
struct Packing {
  /// Where a layer's numbers stand.
  struct Location {
    let layer: PackedLayer
    fileprivate(set) var header = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var past = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var present = UnsafeMutableRawPointer(bitPattern: 64)!
  }

  let memory: ByteMemory
  /// Bytes between the weights in use and those that are prefetched; 0 where the second-level cache holds most of them:
  /// then the processor is faster left to itself.
  let prefetchDistance: Int
  private var locations: [String: Location]

  init(_ model: InferenceModel, tileOutputs: Int) {
    let gates = Set(model.blocks.flatMap { [$0.dilated.path] + ($0.features.map { [$0.path] } ?? []) })
    func parts(_ layer: InferenceLayer) -> Int { gates.contains(layer.path) ? 2 : 1 }
    let layers = model.layers + (model.input.map { [$0] } ?? [])
    var locations = Dictionary(
      uniqueKeysWithValues: layers.map { ($0.path, Location(layer: PackedLayer($0, parts: parts($0)))) })
    let bytes = locations.values.reduce(0) { sum, location in
      let layer = location.layer
      return sum
        + [layer.headerBytes, layer.pastTaps * layer.tapBytes, layer.tapBytes]
        .reduce(0) { $0 + $1.roundedUp(toMultipleOf: 64) }
    }
    let memory = ByteMemory(count: bytes)
    prefetchDistance = bytes > 2 * CacheSize.secondLevel ? 2048 : 0
    var next = memory.base
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    // All headers together: among the weights they would hold up their reading.
    let skipBias = SkipBias(model)
    for layer in layers {
      guard var location = locations[layer.path] else { continue }
      location.header = take(location.layer.headerBytes)
      location.layer.packHeader(layer, bias: skipBias[layer], parts: parts(layer), into: location.header)
      locations[layer.path] = location
    }
    func packPast(_ layer: InferenceLayer) {
      guard var location = locations[layer.path] else { return }
      location.past = take(location.layer.pastTaps * location.layer.tapBytes)
      location.layer.packWeights(
        layer, parts: parts(layer), taps: 0..<layer.taps - 1, tileOutputs: tileOutputs, into: location.past)
      locations[layer.path] = location
    }
    func packPresent(_ layer: InferenceLayer) {
      guard var location = locations[layer.path] else { return }
      location.present = take(location.layer.tapBytes)
      location.layer.packWeights(
        layer, parts: parts(layer), taps: layer.taps - 1..<layer.taps, tileOutputs: tileOutputs, into: location.present)
      locations[layer.path] = location
    }
    func packWhole(_ layer: InferenceLayer) {
      packPast(layer)
      packPresent(layer)
    }
    for block in model.blocks { block.features.map(packWhole) }
    if let input = model.input { packWhole(input) }
    packPast(model.blocks[0].dilated)
    for (index, block) in model.blocks.enumerated() {
      packPresent(block.dilated)
      if index + 1 < model.blocks.count { packPast(model.blocks[index + 1].dilated) }
      if let residual = block.residual { packWhole(residual) }
      packWhole(block.skip)
    }
    for layer in model.head { packWhole(layer) }
    self.memory = memory
    self.locations = locations
  }

  func location(of layer: InferenceLayer) -> Location {
    guard let location = locations[layer.path] else { preconditionFailure("\(layer.path) is not packed") }
    return location
  }
}

/// The biases of skip connections, which the first one brings for all.
private struct SkipBias {
  private let total: [Float]
  private let first: String
  private let paths: Set<String>

  init(_ model: InferenceModel) {
    let skips = model.blocks.map(\.skip)
    let biases = skips.map(\.correctedBias)
    total = biases[0].indices.map { output in Float(biases.reduce(0) { $0 + $1[output] }) }
    first = skips[0].path
    paths = Set(skips.map(\.path))
  }

  /// The bias to pack for a layer.
  subscript(layer: InferenceLayer) -> [Float] {
    if layer.path == first { return total }
    return paths.contains(layer.path) ? [] : layer.correctedBias.map { Float($0) }
  }
}
