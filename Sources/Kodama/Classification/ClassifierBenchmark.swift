import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaNetworks
import KodamaTensors

/// Measures the speed of classifiers on this machine, on noise: `kodama bench classify`.
///
/// A step is a forward pass, a backward pass and AdamW on random maps, as in any framework, without reading recordings
/// and their features. Classifying takes a second of sound, with its features, on one thread.
public struct ClassifierBenchmark {
  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// Examples per second in training: the median over steps.
    public let examplesPerSecond: Double
    /// Seconds of each training step, in order.
    public let stepSeconds: [Double]
    /// Milliseconds to classify a second of sound on one thread: the median.
    public let classificationMilliseconds: Double
    /// Milliseconds of that for the network alone, without features.
    public let networkMilliseconds: Double
    /// Seconds of sound that are classified in a second on one thread.
    public let realTimeFactor: Double
    /// Numbers in all parameters.
    public let parameters: Int
    /// Multiply-adds of a window of one second.
    public let multiplyAdds: Int
    /// The kernels.
    public let instructionSet: String
    /// The threads of training.
    public let threads: Int
  }

  private let configuration: ClassifierConfiguration
  private let batch: Int

  /// A benchmark of a network with ten labels on windows of a second.
  ///
  /// - Throws: `ClassifierFault.badConfiguration`.
  public init(_ network: ClassifierNetwork, sampleRate: Int = 8000, batch: Int = 32) throws {
    configuration = ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: sampleRate), windowSeconds: 1, network: network,
      labels: [LabelSet("label", (0..<10).map(String.init))])
    self.batch = batch
    try configuration.validate(source: "benchmark")
  }

  /// Runs one warm-up step, then `steps` steps; and at least 20 classifications.
  ///
  /// - Throws: `ResourceFault.addressSpace`, `SpectraFault`.
  public func run(steps: Int, workers: Workers) throws -> Result {
    let parameters = Parameters<Float>(configuration.layers.declarations, seed: 1)
    let times = try training(configuration.layers, parameters, steps: steps, workers: workers)
    let classifier = try SoundClassifier(ClassifierModel(configuration: configuration, parameters: parameters))
    var random = Philox(seed: 2)
    let sound = (0..<configuration.sampleRate).map { _ in Float(0.1 * random.normal()) }
    let rounds = max(20, steps)
    let seconds = try Self.median(of: rounds) {
      _ = try classifier.classify(sound, sampleRate: configuration.sampleRate)
    }
    let engine = MapEngine(MapProgram(configuration.graph(parameters)))
    let map = (0..<configuration.windowFrames * configuration.features.bands).map { _ in Float(random.normal()) }
    let network = Self.median(of: rounds) { _ = engine.run(map) }
    let cost = configuration.cost
    return Result(
      examplesPerSecond: Double(batch) / times.sorted()[times.count / 2], stepSeconds: times,
      classificationMilliseconds: 1000 * seconds, networkMilliseconds: 1000 * network, realTimeFactor: 1 / seconds,
      parameters: cost.parameters,
      multiplyAdds: cost.multiplyAdds, instructionSet: "\(InstructionSet.current)", threads: workers.threads)
  }

  /// The median of the seconds that some rounds take, after one that does not count.
  private static func median(of rounds: Int, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for round in 0...rounds {
      let time = try ContinuousClock().measure { try body() }
      if round > 0 { times.append(time.inSeconds) }
    }
    return times.sorted()[rounds / 2]
  }

  /// The seconds of training steps.
  private func training(
    _ network: some ClassificationNetwork, _ initial: Parameters<Float>, steps: Int, workers: Workers
  ) throws -> [Double] {
    let workspace = try Workspace(forProductsOn: workers)
    var (parameters, optimizer) = (initial, Optimizer(.adamW(), for: initial))
    var random = Philox(seed: 1)
    let shape: Shape = [batch, configuration.windowFrames, configuration.features.bands, 1]
    let maps = Tensor(shape, (0..<shape.count).map { _ in Float(random.normal()) })
    let targets = (0..<batch).map { Int32($0 % 10) }
    var times: [Double] = []
    for step in 0...max(1, steps) {
      let time = ContinuousClock().measure {
        let pass = Pass(parameters, phase: .training(seed: UInt64(step)), workspace: workspace)
        let logits = network.outputs(pass.tape.constant(maps), pass).logits[0]
        let loss = logits.crossEntropy(targets: targets, weights: [Float](repeating: 1, count: batch))
        let gradients = pass.gradients(of: loss)
        optimizer.update(&parameters, gradients: gradients, learningRate: 1e-3, workers: workers)
        parameters.replace(pass.stateUpdates)
      }
      if step > 0 { times.append(time.inSeconds) }
    }
    return times
  }
}
