import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// A place in a network where numbers go into layers: the features of a step into all blocks, what comes into a block's
/// dilated convolution, from its gates into the skip and the residual layer, and into each layer of the head.
struct CalibrationSite: Sendable, Equatable {
  let name: String
  let channels: Int
  let taps: Int
  /// Time steps between two taps.
  let dilation: Int

  /// Numbers that a layer sees at one time step.
  var width: Int { taps * channels }

  init(_ layer: Convolution) {
    let geometry = layer.geometry
    name = Self.name(ofLayer: layer.weight.path)
    channels = geometry.inputChannels
    taps = geometry.kernelSize
    dilation = geometry.dilation
  }

  /// The site of a layer: its own path, for the skip and the residual layer of a block `blocks.i.gated`, and for what
  /// brings features to the blocks `features`.
  static func name(ofLayer path: String) -> String {
    guard let dot = path.lastIndex(of: ".") else { return path }
    return switch path[path.index(after: dot)...] {
    case "skip", "residual": path[...dot] + "gated"
    case "features": "features"
    default: path
    }
  }
}

extension WaveNet {
  /// The sites in the order in which they are reached.
  var sites: [CalibrationSite] {
    (blocks[0].features.map { [CalibrationSite($0)] } ?? [])
      + blocks.flatMap { [CalibrationSite($0.dilated), CalibrationSite($0.skip)] } + head.map(CalibrationSite.init)
  }

  /// Computes the network on one signal up to its last layer, and shows what goes in at each site, [1, T, channels].
  func visitInputs(
    _ input: WaveNetInput, _ pass: Pass<Float>, _ visit: (CalibrationSite, Tensor<Float>) -> Void
  ) {
    var x = firstBlockInput(input, pass)
    let conditioning = conditioningInput(input, pass)
    var sum: Variable<Float>?
    if let layer = blocks[0].features, let steps = conditioning.features {
      visit(CalibrationSite(layer), steps.value)
    }
    for block in blocks {
      visit(CalibrationSite(block.dilated), x.value)
      let gated = block.gates(block.dilated.forward(x, pass), conditioning, pass).gated()
      visit(CalibrationSite(block.skip), gated.value)
      let skip = block.skip.forward(gated, pass)
      sum = sum.map { $0 + skip } ?? skip
      if let residual = block.residual {
        x = (x + residual.forward(gated, pass)) * Float(block.residualScale)
      }
    }
    guard let sum else { preconditionFailure("a WaveNet needs at least one block") }
    let rectified = (sum * Float(configuration.skipScale)).relu()
    visit(CalibrationSite(head[0]), rectified.value)
    visit(CalibrationSite(head[1]), head[0].forward(rectified, pass).relu().value)
  }
}
