import KodamaCore
import KodamaWaveNets

/// All layers of a model packed into one run of memory, in the order in which `Program.stack` reads them: the processor
/// fetches ahead what lies ahead.
struct Packing {
  /// Where a layer's numbers stand.
  struct Place {
    let layer: PackedLayer
    fileprivate(set) var header = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var past = UnsafeMutableRawPointer(bitPattern: 64)!
    fileprivate(set) var present = UnsafeMutableRawPointer(bitPattern: 64)!
  }

  let memory: ByteMemory
  /// Bytes between the weights in use and those that are called for; 0 where the second-level cache holds most of them:
  /// then the processor is faster left to itself.
  let ahead: Int
  private var places: [String: Place]

  init(_ model: InferenceModel, blockOutputs: Int) {
    let gates = Set(model.blocks.flatMap { [$0.dilated.path] + ($0.features.map { [$0.path] } ?? []) })
    func parts(_ layer: InferenceLayer) -> Int { gates.contains(layer.path) ? 2 : 1 }
    let layers = model.layers + (model.input.map { [$0] } ?? [])
    var places = Dictionary(
      uniqueKeysWithValues: layers.map { ($0.path, Place(layer: PackedLayer($0, parts: parts($0)))) })
    let bytes = places.values.reduce(0) { sum, place in
      let layer = place.layer
      return sum
        + [layer.headerBytes, layer.pastTaps * layer.tapBytes, layer.tapBytes]
        .reduce(0) { $0 + $1.roundedUp(toMultipleOf: 64) }
    }
    let memory = ByteMemory(count: bytes)
    ahead = bytes > 2 * CacheSize.secondLevel ? 2048 : 0
    var next = memory.base
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
      defer { next += bytes.roundedUp(toMultipleOf: 64) }
      return next
    }
    // All headers together: among the weights they would hold up their reading.
    let skipBias = SkipBias(model)
    for layer in layers {
      guard var place = places[layer.path] else { continue }
      place.header = take(place.layer.headerBytes)
      place.layer.packHeader(layer, bias: skipBias[layer], parts: parts(layer), into: place.header)
      places[layer.path] = place
    }
    func placePast(_ layer: InferenceLayer) {
      guard var place = places[layer.path] else { return }
      place.past = take(place.layer.pastTaps * place.layer.tapBytes)
      place.layer.packWeights(
        layer, parts: parts(layer), taps: 0..<layer.taps - 1, blockOutputs: blockOutputs, into: place.past)
      places[layer.path] = place
    }
    func placePresent(_ layer: InferenceLayer) {
      guard var place = places[layer.path] else { return }
      place.present = take(place.layer.tapBytes)
      place.layer.packWeights(
        layer, parts: parts(layer), taps: layer.taps - 1..<layer.taps, blockOutputs: blockOutputs, into: place.present)
      places[layer.path] = place
    }
    func placeWhole(_ layer: InferenceLayer) {
      placePast(layer)
      placePresent(layer)
    }
    for block in model.blocks { block.features.map(placeWhole) }
    if let input = model.input { placeWhole(input) }
    placePast(model.blocks[0].dilated)
    for (index, block) in model.blocks.enumerated() {
      placePresent(block.dilated)
      if index + 1 < model.blocks.count { placePast(model.blocks[index + 1].dilated) }
      if let residual = block.residual { placeWhole(residual) }
      placeWhole(block.skip)
    }
    for layer in model.head { placeWhole(layer) }
    self.memory = memory
    self.places = places
  }

  func place(of layer: InferenceLayer) -> Place {
    guard let place = places[layer.path] else { preconditionFailure("\(layer.path) is not packed") }
    return place
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
