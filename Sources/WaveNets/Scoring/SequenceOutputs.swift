import KodamaCore
import KodamaLayers
import KodamaTensors

/// The outputs of a network for a recording that arrives in blocks of any length, in bounded memory.
///
/// The network runs over windows; each but the first starts with the preceding samples of the receptive field, or from the
/// state of a recurrent network, so that every output equals that of a single pass over the whole recording.
package struct SequenceOutputs {
  /// A window of a recording.
  package struct Window {
    /// [1, steps, output channels].
    package let outputs: Variable<Float>
    /// The code of each step.
    package let targets: [Int32]
    /// The steps at its start that were in the windows before.
    package let context: Int
  }

  private let network: WaveNet
  private let conditions: Conditions
  private let parameters: Parameters<Float>
  private let workspace: Workspace
  private let window: Int
  /// Samples whose outputs were computed.
  private var samples = 0
  /// The context: the code before the window's first input, and the codes of the window's start; then codes without outputs
  /// yet.
  private var codes: [Int32] = []
  private var done = 0
  private var isAtStart = true
  /// Of a recurrent network.
  private var state: RecurrentState<Tensor<Float>>?

  /// The outputs at the start of a recording.
  ///
  /// - Parameters:
  ///   - conditions: the recording's labels and features, where the network is conditioned.
  ///   - window: samples computed at a time.
  package init(
    network: WaveNet, parameters: Parameters<Float>, conditions: Conditions = .none, workspace: Workspace,
    window: Int = 16_384
  ) {
    self.conditions = conditions
    self.network = network
    self.parameters = parameters
    self.workspace = workspace
    let hop = network.configuration.conditioning.features?.hopLength ?? 1
    // Of a recurrent network no pass starts before the first step without outputs: each is of whole hops.
    self.window = network.recurrent == nil ? max(1, window) : (max(1, window) + hop - 1) / hop * hop
  }

  /// Adds the next samples.
  package mutating func add(_ block: [Float], _ body: (Window) throws -> Void) rethrows {
    codes += network.companding.encode(block)
    while codes.count - done >= window { try computeNext(window, body) }
  }

  /// Computes the outputs of the remaining samples.
  package mutating func finish(_ body: (Window) throws -> Void) rethrows {
    if codes.count > done { try computeNext(codes.count - done, body) }
  }

  private mutating func computeNext(_ count: Int, _ body: (Window) throws -> Void) rethrows {
    let end = done + count
    // Inputs are the codes one step earlier; until the context is complete, the window contains the recording's start.
    let targets = Array(codes[(isAtStart ? 0 : 1)..<end])
    let previous = isAtStart ? [WaveNet.start] + targets.dropLast() : Array(codes[0..<end - 1])
    let context = targets.count - count
    let pass = Pass(parameters, workspace: workspace)
    let shape: Shape = [1, targets.count]
    let input = network.input(
      previous: previous, shape: shape, conditions: [conditions],
      features: window(from: samples - context, steps: targets.count))
    let outputs: Variable<Float>
    if network.recurrent == nil {
      outputs = network.logits(input, pass)
    } else {
      (outputs, state) = network.logits(input, carrying: state, pass)
    }
    try body(Window(outputs: outputs, targets: targets, context: context))
    samples += count

    if network.recurrent != nil {
      // The state contains the context.
      codes.removeFirst(end - 1)
      (isAtStart, done) = (false, 1)
      return
    }
    // A pass starts at a multiple of the features' hop, perhaps with a little more context than it needs.
    let hop = network.configuration.conditioning.features?.hopLength ?? 1
    let beyond = samples - network.configuration.lookback
    let kept = network.configuration.lookback + (beyond > 0 ? beyond % hop : 0) + 1
    if end > kept {
      codes.removeFirst(end - kept)
      isAtStart = false
    }
    done = min(end, kept)
  }

  /// The features of a pass; nil where the network is not conditioned on any.
  private func window(from start: Int, steps: Int) -> FeatureWindow? {
    guard let conditioning = network.configuration.conditioning.features else { return nil }
    guard let features = conditions.features else { preconditionFailure("the features of the recording are missing") }
    return conditioning.window(of: features, steps: start..<start + steps)
  }
}
