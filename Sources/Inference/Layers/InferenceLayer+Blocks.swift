import KodamaCheckpoints
import KodamaTensors

/// The blocks of 16 outputs by 4 channels of one tap that a layer's weights consist of. In files, blocks that are 0 can
/// be left out: see `InferenceLayer`.
struct BlockGrid: Sendable {
  static let extents = (outputs: 16, channels: 4)
  private let form: InferenceLayer.Form
  private let channelBlocks: Int
  /// Groups of outputs.
  let groups: Int
  /// Blocks of a group: the place of one is tap · ⌈channels / 4⌉ + channel / 4.
  let places: Int

  init(_ form: InferenceLayer.Form) {
    self.form = form
    groups = (form.outputs + Self.extents.outputs - 1) / Self.extents.outputs
    channelBlocks = (form.channels + Self.extents.channels - 1) / Self.extents.channels
    places = form.taps * channelBlocks
  }

  /// The weights of a block in [outputs, channels, taps], [16, 4]; nil for what is beyond the layer.
  private func indices(group: Int, place: Int) -> [Int?] {
    let (tap, block) = place.quotientAndRemainder(dividingBy: channelBlocks)
    return (0..<Self.extents.outputs * Self.extents.channels).map { number in
      let output = group * Self.extents.outputs + number / Self.extents.channels
      let channel = block * Self.extents.channels + number % Self.extents.channels
      if output >= form.outputs || channel >= form.channels { return nil }
      return (output * form.channels + channel) * form.taps + tap
    }
  }

  /// The weights of a layer without the blocks that are 0.
  struct Split<Weight> {
    /// The blocks of each group.
    var counts: [Int16] = []
    /// The place of each block, ascending in a group.
    var places: [Int16] = []
    /// [blocks, 16, 4].
    var weights: [Weight] = []
  }

  /// Leaves out blocks that are 0; nil where that saves nothing, or the places have no numbers.
  func split<Weight>(_ weights: [Weight], zero: Weight, isZero: (Weight) -> Bool) -> Split<Weight>? {
    // Few zeros are no blocks: an index of 2 bytes takes a 32nd of a block in 8 bits.
    if places > Int(Int16.max) || weights.count(where: isZero) < weights.count / 64 { return nil }
    var result = Split<Weight>()
    for group in 0..<groups {
      let before = result.places.count
      for place in 0..<places {
        let indices = indices(group: group, place: place)
        if indices.allSatisfy({ $0.map { isZero(weights[$0]) } ?? true }) { continue }
        result.places.append(Int16(place))
        result.weights += indices.map { $0.map { weights[$0] } ?? zero }
      }
      result.counts.append(Int16(result.places.count - before))
    }
    let size = MemoryLayout<Weight>.stride
    let bytes = result.weights.count * size + 2 * (result.places.count + result.counts.count)
    return !result.places.isEmpty && bytes < weights.count * size ? result : nil
  }

  /// All weights, zeros where there is no block.
  ///
  /// - Precondition: places are in range.
  func join<Weight>(_ split: Split<Weight>, zero: Weight) -> [Weight] {
    var weights = [Weight](repeating: zero, count: form.outputs * form.channels * form.taps)
    var block = 0
    let size = Self.extents.outputs * Self.extents.channels
    for (group, count) in split.counts.enumerated() {
      for _ in 0..<count {
        for (number, index) in indices(group: group, place: Int(split.places[block])).enumerated() {
          if let index { weights[index] = split.weights[block * size + number] }
        }
        block += 1
      }
    }
    return weights
  }
}

extension InferenceLayer {
  /// The names of the tensors of weights without the blocks that are 0.
  enum BlockSuffix {
    static let weights = ".weight_blocks"
    static let counts = ".block_counts"
    static let places = ".block_places"
  }

  /// What a file must contain for weights without some blocks; nil where it has all of them.
  static func blockForms(_ layer: Form, _ type: ElementType, in file: SafetensorsReader) -> [TensorForm]? {
    guard let shape = file.shape(of: layer.path + BlockSuffix.weights) else { return nil }
    let grid = BlockGrid(layer)
    // More blocks than there are make a shape that the file does not have.
    let count = min(shape.extents.first ?? 0, grid.groups * grid.places)
    return [
      TensorForm(
        layer.path + BlockSuffix.weights, type, [count, BlockGrid.extents.outputs, BlockGrid.extents.channels]),
      TensorForm(layer.path + BlockSuffix.counts, .int16, [grid.groups]),
      TensorForm(layer.path + BlockSuffix.places, .int16, [count]),
    ]
  }

  /// Reads the places of blocks.
  ///
  /// - Throws: `CheckpointFault.badElement` where counts do not add up, or places are out of range or not ascending.
  static func blockPlaces(
    _ layer: Form, in file: SafetensorsReader
  ) throws -> (counts: [Int16], places: [Int16]) {
    let (countsName, placesName) = (layer.path + BlockSuffix.counts, layer.path + BlockSuffix.places)
    let counts: [Int16] = try file.elements(of: countsName)
    let places: [Int16] = try file.elements(of: placesName)
    let grid = BlockGrid(layer)
    var next = 0
    for (group, count) in counts.enumerated() {
      let rest = places.count - next
      guard count >= 0 && Int(count) <= min(rest, grid.places), group < counts.count - 1 || Int(count) == rest else {
        throw CheckpointFault.badElement(
          path: file.path, tensor: countsName, index: group, value: "\(count)",
          expected: "from 0 to \(grid.places), \(places.count) together")
      }
      for index in next..<next + Int(count) {
        let least = index == next ? 0 : Int(places[index - 1]) + 1
        guard (least..<max(least, grid.places)).contains(Int(places[index])) else {
          throw CheckpointFault.badElement(
            path: file.path, tensor: placesName, index: index, value: "\(places[index])",
            expected: "ascending within a group and less than \(grid.places)")
        }
      }
      next += Int(count)
    }
    return (counts, places)
  }
}
