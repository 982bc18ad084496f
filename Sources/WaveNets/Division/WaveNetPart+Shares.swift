import KodamaCore
import KodamaLayers

extension WaveNetPart {
  /// The blocks of each of `count` stages, so that the stage with the most multiply-adds has as few as possible.
  ///
  /// - Precondition: at least as many blocks as stages.
  package static func stages(of configuration: WaveNetConfiguration, count: Int) -> [Range<Int>] {
    let blocks = configuration.dilations.count
    precondition(count >= 1 && blocks >= count, "\(blocks) blocks are not divided into \(count) stages")
    let costs = costs(of: configuration)
    // The least cost of the most expensive of the stages from a block on, and where the first of them ends.
    var least = [(cost: Int, end: Int)](repeating: (.max, blocks), count: blocks + 1)
    var ends: [[Int]] = []
    for block in 0..<blocks { least[block].cost = costs[block...].reduce(0, +) }
    for stages in 1..<max(1, count) {
      ends.append(least.map(\.end))
      var next = [(cost: Int, end: Int)](repeating: (.max, blocks), count: blocks + 1)
      for block in 0..<(blocks - stages) {
        for end in block + 1...blocks - stages where least[end].cost < .max {
          let cost = max(costs[block..<end].reduce(0, +), least[end].cost)
          if cost < next[block].cost { next[block] = (cost, end) }
        }
      }
      least = next
    }
    ends.append(least.map(\.end))
    var start = 0
    return ends.reversed().map { ends in
      defer { start = ends[start] }
      return start..<ends[start]
    }
  }

  /// The multiply-adds of each block, with those of the head in the last.
  private static func costs(of configuration: WaveNetConfiguration) -> [Int] {
    var costs = [Int](repeating: 0, count: configuration.dilations.count)
    for layer in WaveNet(configuration).cost.layers {
      let parts = layer.path.split(separator: ".")
      if parts[0] == "blocks", let block = Int(parts[1]) { costs[block] += layer.multiplyAdds }
      if parts[0] == "head" { costs[costs.count - 1] += layer.multiplyAdds }
    }
    return costs
  }

  /// The parameters of a stage.
  package static func share(of configuration: WaveNetConfiguration, stage blocks: Range<Int>) -> ParameterShare {
    ParameterShare(of: WaveNet(configuration).declarations) { declaration in
      let parts = declaration.name.split(separator: ".")
      let isOwn =
        switch parts[0] {
        case "blocks": blocks.contains(Int(parts[1])!)
        case "head": blocks.upperBound == configuration.dilations.count
        default: blocks.lowerBound == 0
        }
      return isOwn ? .whole : nil
    }
  }

  /// The parameters of one of `count` shares of the channels.
  package static func share(
    of configuration: WaveNetConfiguration, channels number: Int, of count: Int
  ) -> ParameterShare {
    let gates = Workers.range(of: number, parts: count, count: configuration.gateChannels)
    let head = Workers.range(of: number, parts: count, count: configuration.headChannels)
    // The filter's channels, and those of the gate.
    let both = [gates, gates.lowerBound + configuration.gateChannels..<gates.upperBound + configuration.gateChannels]
    return ParameterShare(of: WaveNet(configuration).declarations) { declaration in
      let parts = declaration.name.split(separator: ".")
      let (layer, isBias) = (parts[0] == "blocks" ? parts[2] : parts[1], parts.last == "bias")
      switch (parts[0], layer) {
      case ("blocks", "dilated"), ("blocks", "labels"), ("blocks", "features"): return .runs(both, axis: 0)
      case ("blocks", _): return isBias ? (number == 0 ? .whole : .zero) : .runs([gates], axis: 1)
      case ("head", "0"): return .runs([head], axis: 0)
      case ("head", _): return isBias ? (number == 0 ? .whole : .zero) : .runs([head], axis: 1)
      default: return .whole
      }
    }
  }
}
