import KodamaCore
import KodamaGeneration
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets

/// Networks that together use everything a configuration can say.
enum Examples {
  static let configurations: [String: WaveNetConfiguration] = [
    "plain": WaveNetConfiguration(
      dilations: [1, 2, 4, 1, 2], residualChannels: 5, gateChannels: 4, skipChannels: 6, headChannels: 7, classes: 9),
    "kernel 1": WaveNetConfiguration(
      kernelSize: 1, dilations: [1, 1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4),
    "kernel 1, one block": WaveNetConfiguration(
      kernelSize: 1, dilations: [1], residualChannels: 3, gateChannels: 7, skipChannels: 2, classes: 2),
    "kernel 1, scalar input": WaveNetConfiguration(
      kernelSize: 1, dilations: [1, 1], residualChannels: 6, gateChannels: 5, skipChannels: 8, classes: 4,
      input: .scalar),
    "kernel 3, no biases": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 3, 2], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 8,
      bias: false),
    "kernel 5, odd channels": WaveNetConfiguration(
      kernelSize: 5, dilations: [1, 7, 3], residualChannels: 17, gateChannels: 33, skipChannels: 65, headChannels: 49,
      classes: 101),
    "scaled": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 18, gateChannels: 15, skipChannels: 31, classes: 64,
      residualScale: 0.5.squareRoot(), skipScale: 0.7),
    "weight normalization": WaveNetConfiguration(
      kernelSize: 3, dilations: [2, 1], residualChannels: 16, gateChannels: 20, skipChannels: 12, classes: 50,
      weightNormalization: true),
    "scalar input": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 4, gateChannels: 3, skipChannels: 5, classes: 7, input: .scalar),
    "scalar input, everything": WaveNetConfiguration(
      kernelSize: 3, dilations: [4, 1, 9], residualChannels: 40, gateChannels: 24, skipChannels: 50, headChannels: 20,
      classes: 256, input: .scalar, bias: false, weightNormalization: true, residualScale: 0.5.squareRoot(),
      skipScale: 0.3),
    "65,536 classes": WaveNetConfiguration(
      dilations: [1, 2], residualChannels: 3, gateChannels: 4, skipChannels: 5, classes: 65_536),
    "mixture of logistics": WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 5, gateChannels: 6, skipChannels: 9, input: .scalar, output: .logistics,
      mixtureComponents: 3, mixtureGain: 3.7),
    "Gaussian, pre-emphasis": WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 3], residualChannels: 20, gateChannels: 18, skipChannels: 30, input: .scalar,
      output: .gaussians, mixtureComponents: 1, mixtureGain: 1.5, logScaleFloor: -9, preemphasis: 0.9),
    "classes, pre-emphasis": WaveNetConfiguration(
      dilations: [1, 2, 4, 8], residualChannels: 12, gateChannels: 9, skipChannels: 20, classes: 64, preemphasis: 0.97),
    "recurrent": WaveNetConfiguration(recurrentUnits: 37, inputChannels: 6, headChannels: 9, classes: 11),
    "recurrent, mixture": WaveNetConfiguration(
      recurrentUnits: 16, inputChannels: 5, headChannels: 20, input: .scalar, bias: false, weightNormalization: true,
      output: .logistics, mixtureComponents: 3, mixtureGain: 3.7, preemphasis: 0.9),
    "gru": Preset.gru.configuration,
    "tiny": Preset.tiny.configuration,
    "small": Preset.small.configuration,
    "reference": Preset.reference.configuration,
  ]

  static var names: [String] { configurations.keys.sorted() }
  /// Those whose receptive field is gone through in moments.
  static var quickNames: [String] { names.filter { $0 != "reference" } }

  static func network(_ name: String, seed: UInt64 = 1) -> (WaveNet, Parameters<Float>) {
    let network = WaveNet(configurations[name]!)
    return (network, Parameters<Float>(network.declarations, seed: seed))
  }

  static func codes(_ count: Int, classes: Int, seed: UInt64 = 5) -> [Int32] {
    var random = Philox(seed: seed)
    return (0..<count).map { _ in Int32(random.integer(below: classes)) }
  }
}

extension WaveNetConfiguration {
  /// The inputs that show what an output depends on: the receptive field, or as many as a recurrent network hardly forgets.
  var seenSamples: Int { isRecurrent ? 150 : receptiveField }
}

extension WaveNetStream {
  /// The logits of the next code, copied.
  var logits: Tensor<Float> {
    mutating get { withLogits { logits in Tensor([logits.count], logits.indices.map { logits[$0] }) } }
  }
}

extension Examples {
  /// An example with all layers in one precision, the inputs' scales wide enough for what random weights give.
  ///
  /// - Parameter sparsity: the share of the blocks of each layer that are 0.
  static func model(_ name: String, _ precision: Precision, sparsity: Double = 0) -> InferenceModel {
    let (network, parameters) = network(name)
    return model(network, parameters, precision, sparsity: sparsity)
  }

  /// The same of any network.
  static func model(
    _ network: WaveNet, _ parameters: Parameters<Float>, _ precision: Precision, sparsity: Double = 0
  ) -> InferenceModel {
    InferenceModel(network, parameters, sampleRate: 8000).mapLayers { layer in
      let dense = Tensor<Float>([layer.outputs, layer.channels, layer.taps], layer.dequantized)
      let weights = Pruner.withoutSmallest(.block, of: dense, share: sparsity).elements
      let rowCount = layer.channels * layer.taps
      func largest(_ numbers: some Sequence<Float>) -> Float { numbers.reduce(1e-6) { max($0, abs($1)) } }
      let quantized: InferenceLayer.Weights
      switch precision {
      case .float32: return layer.with(.float32(weights), input: nil)
      case .bfloat16: quantized = .bfloat16(weights.map { UInt16(($0.bitPattern + 0x8000) >> 16) })
      case .int8:
        let scales = (0..<layer.outputs).map { largest(weights[$0 * rowCount..<($0 + 1) * rowCount]) / 127 }
        quantized = .int8(weights.indices.map { Int8((weights[$0] / scales[$0 / rowCount]).rounded()) }, scales: scales)
      case .ternary, .binary:
        let grid = IntegerGrid.weights(precision)
        let scales = (0..<layer.outputs).map { 0.4 * largest(weights[$0 * rowCount..<($0 + 1) * rowCount]) }
        quantized = .integers(
          precision, weights.indices.map { Int8(grid.nearest(weights[$0], scale: scales[$0 / rowCount])) },
          scales: scales)
      case .int4:
        let groups = layer.outputs * layer.taps * Precision.groups(channels: layer.channels)
        let scale = largest(weights) / 7
        quantized = .int4(
          weights.map { Int8(($0 / scale).rounded()) }, scales: [Float](repeating: scale, count: groups))
      }
      let isRectified = layer.path.hasPrefix("head") && (network.recurrent == nil || layer.path == "head.1")
      let isSignal = layer.path.hasSuffix("dilated") || layer.path == "recurrent.input"
      return layer.with(
        quantized,
        input: precision.hasIntegerInputs
          ? InputQuantization(
            scale: isSignal ? 4.0 / 127 : isRectified ? 2.0 / 255 : 1.0 / 127, zeroPoint: isRectified ? 0 : 128)
          : nil)
    }
  }
}
