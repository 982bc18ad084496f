import KodamaCore
import KodamaLayers
import KodamaTensors

/// Accumulates −log2 p(x_t | x_<t) over a recording that arrives in blocks of any length, in bounded memory.
///
/// The network runs over windows; each but the first starts with the preceding samples of the receptive field, so that
/// every probability equals that of a single pass over the whole recording.
public struct SequenceScorer {
  /// The number of samples scored so far.
  public private(set) var samples = 0
  /// The sum of −log2 p over them.
  public private(set) var bits = 0.0

  private let network: WaveNet
  private let conditions: Conditions
  private let parameters: Parameters<Float>
  private let workspace: Workspace
  private let window: Int
  /// The context: the code before the window's first input, and the codes of the window's start; then codes not scored
  /// yet.
  private var codes: [Int32] = []
  private var scored = 0
  private var isAtStart = true

  /// A scorer at the start of a recording.
  ///
  /// - Parameters:
  ///   - conditions: the recording's labels and features, where the network is conditioned.
  ///   - window: samples scored at a time.
  public init(
    network: WaveNet, parameters: Parameters<Float>, conditions: Conditions = .none, workspace: Workspace,
    window: Int = 16_384
  ) {
    self.conditions = conditions
    self.network = network
    self.parameters = parameters
    self.workspace = workspace
    self.window = max(1, window)
  }

  /// Adds the next samples.
  public mutating func add(_ block: [Float]) {
    codes += network.companding.encode(block)
    while codes.count - scored >= window { scoreNext(window) }
  }

  /// Scores the remaining samples.
  public mutating func finish() {
    if codes.count > scored { scoreNext(codes.count - scored) }
  }

  private mutating func scoreNext(_ count: Int) {
    let end = scored + count
    // Inputs are the codes one step earlier; until the context is complete, the window contains the recording's start.
    let targets = Array(codes[(isAtStart ? 0 : 1)..<end])
    let previous = isAtStart ? [WaveNet.start] + targets.dropLast() : Array(codes[0..<end - 1])
    let context = targets.count - count
    let pass = Pass(parameters, workspace: workspace)
    let shape: Shape = [1, targets.count]
    let input = network.input(
      previous: previous, shape: shape, conditions: [conditions],
      features: window(from: samples - context, steps: targets.count))
    let logits = network.logits(input, pass)
    let weights = targets.indices.map { Float($0 < context ? 0 : 1) }
    let nats = Double(network.loss(logits, targets: targets, weights: weights).value.item) * Double(count)
    bits += Information.bits(fromNats: nats)
    samples += count

    // A pass starts at a multiple of the features' hop, perhaps with a little more context than it needs.
    let hop = network.configuration.conditioning.features?.hopLength ?? 1
    let beyond = samples - network.configuration.lookback
    let kept = network.configuration.lookback + (beyond > 0 ? beyond % hop : 0) + 1
    if end > kept {
      codes.removeFirst(end - kept)
      isAtStart = false
    }
    scored = min(end, kept)
  }

  /// The features of a pass; nil where the network is not conditioned on any.
  private func window(from start: Int, steps: Int) -> FeatureWindow? {
    guard let conditioning = network.configuration.conditioning.features else { return nil }
    guard let features = conditions.features else { preconditionFailure("the features of the recording are missing") }
    return conditioning.window(of: features, steps: start..<start + steps)
  }
}
