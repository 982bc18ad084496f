import KodamaCore
import KodamaLayers
import KodamaTensors

/// Accumulates −log2 p(x_t | x_<t) over a recording that arrives in blocks of any length, in bounded memory (see
/// `SequenceOutputs`).
public struct SequenceScorer {
  /// The number of samples scored so far.
  public private(set) var samples = 0
  /// The sum of −log2 p over them.
  public private(set) var bits = 0.0

  private let network: WaveNet
  private var outputs: SequenceOutputs

  /// A scorer at the start of a recording.
  ///
  /// - Parameters:
  ///   - conditions: the recording's labels and features, where the network is conditioned.
  ///   - window: samples scored at a time.
  public init(
    network: WaveNet, parameters: Parameters<Float>, conditions: Conditions = .none, workspace: Workspace,
    window: Int = 16_384
  ) {
    self.network = network
    outputs = SequenceOutputs(
      network: network, parameters: parameters, conditions: conditions, workspace: workspace, window: window)
  }

  /// Adds the next samples.
  public mutating func add(_ block: [Float]) {
    var windows: [(bits: Double, count: Int)] = []
    outputs.add(block) { [network] in windows.append(Self.score($0, network)) }
    for window in windows { add(window) }
  }

  /// Scores the remaining samples.
  public mutating func finish() {
    var windows: [(bits: Double, count: Int)] = []
    outputs.finish { [network] in windows.append(Self.score($0, network)) }
    for window in windows { add(window) }
  }

  private mutating func add(_ window: (bits: Double, count: Int)) {
    bits += window.bits
    samples += window.count
  }

  private static func score(_ window: SequenceOutputs.Window, _ network: WaveNet) -> (bits: Double, count: Int) {
    let (context, count) = (window.context, window.targets.count - window.context)
    let weights = window.targets.indices.map { Float($0 < context ? 0 : 1) }
    let nats =
      Double(network.loss(window.outputs, targets: window.targets, weights: weights).value.item) * Double(count)
    return (Information.bits(fromNats: nats), count)
  }
}
