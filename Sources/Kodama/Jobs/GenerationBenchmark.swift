import KodamaCompression
import KodamaCore
import KodamaGeneration
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaInference
import KodamaWaveNets

/// Measures the speed of generation on this machine, and its fraction of the machine's limit: `kodama bench generate`.
public struct GenerationBenchmark {
  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// Samples per second of all streams together: the median over rounds.
    public let samplesPerSecond: Double
    /// Samples per second of each round, in order.
    public let rounds: [Double]
    /// Samples per second of one stream over the model's rate.
    public let realTimeFactor: Double
    /// The limit of one core: the median over rounds, each measured next to its round.
    public let limit: GenerationLimit
    /// `samplesPerSecond` over the limit's.
    public let fractionOfLimit: Double
    /// The largest difference of the logits from those of the training network over the first samples, relative to the
    /// largest logit. For precisions other than f32 it is the rounding error.
    public let largestDifference: Double
    /// The precision of the layers.
    public let precision: Precision
    /// Parallel signals.
    public let streams: Int
    /// Threads.
    public let threads: Int
    /// The kernels.
    public let instructionSet: String
    /// Bytes that every sample reads.
    public let weightBytes: Int
  }

  private let model: WaveNetModel
  private let precision: Precision
  private let streams: Int
  private let workers: Workers

  /// A benchmark of one model.
  public init(model: WaveNetModel, precision: Precision = .float32, streams: Int = 1, workers: Workers = .serial) {
    self.model = model
    self.precision = precision
    self.streams = streams
    self.workers = workers
  }

  /// A benchmark of a network with random weights.
  ///
  /// - Parameter sampleRate: the model's, in Hz.
  /// - Throws: `WaveNetFault.outOfRange`.
  public init(
    configuration: WaveNetConfiguration, sampleRate: Int = 16_000, precision: Precision = .float32, streams: Int = 1,
    workers: Workers = .serial
  ) throws {
    let model = try WaveNetModel(sampleRate: sampleRate, configuration: configuration, seed: 1)
    self.init(model: model, precision: precision, streams: streams, workers: workers)
  }

  /// Checks 64 samples, then times `rounds` rounds of `samples` samples per stream.
  ///
  /// - Throws: `GenerationFault`, `CompressionFault`, `ResourceFault`; `JobFault.benchmarkFailed` where the check
  ///   fails.
  public func run(samples: Int, rounds: Int) throws -> Result {
    let engine = try WaveNetEngine(
      precision == .float32
        ? InferenceModel(model)
        : model.quantized(Quantization(precision), conditions: conditions, workers: workers))
    let difference = try check(engine)
    var streams = WaveNetStreams(engine, count: streams, seed: 1, conditions: conditions)
    var blocks = [[Float]](repeating: [Float](repeating: 0, count: max(1, samples)), count: self.streams)
    var (speeds, limits) = ([Double](), [GenerationLimit]())
    for _ in 0..<max(1, rounds) {
      limits.append(engine.measureLimit(streams: self.streams))
      let time = ContinuousClock().measure { streams.fill(&blocks, workers: workers) }
      speeds.append(Double(self.streams * max(1, samples)) / time.inSeconds)
    }
    let speed = speeds.sorted()[speeds.count / 2]
    let limit = limits.sorted { $0.samplesPerSecond < $1.samplesPerSecond }[limits.count / 2]
    return Result(
      samplesPerSecond: speed, rounds: speeds,
      realTimeFactor: speed / Double(self.streams) / Double(model.sampleRate), limit: limit,
      fractionOfLimit: speed / limit.samplesPerSecond, largestDifference: difference, precision: precision,
      streams: self.streams, threads: workers.threads, instructionSet: "\(engine.instructionSet)",
      weightBytes: engine.packedBytes)
  }

  /// The first label of every set, and random features, where the model is conditioned: of one second, which is longer
  /// than the check; the last frame is repeated after that.
  private var conditions: Conditions {
    let conditioning = model.configuration.conditioning
    var random = Philox(seed: 1)
    let features = conditioning.features.map { features in
      let frames = (model.sampleRate + features.hopLength - 1) / features.hopLength
      return FeatureSequence(
        (0..<frames * features.channels).map { _ in Float(random.normal()) }, channels: features.channels)
    }
    return conditioning.conditions(number: 0).with(features)
  }

  /// Generates with one stream, and as in the timed rounds, and compares the samples; then compares the logits of the
  /// same samples with the network's.
  private func check(_ engine: WaveNetEngine) throws -> Double {
    var stream = WaveNetStream(engine, seed: 2, conditions: conditions)
    var (codes, steps) = ([Int32](), [Float]())
    for _ in 0..<64 {
      stream.withLogits { logits in for index in logits.indices { steps.append(logits[index]) } }
      codes.append(Int32(stream.next()))
    }
    var together = WaveNetStreams(engine, count: streams, seed: 2, conditions: conditions)
    var blocks = [[Float]](repeating: [Float](repeating: 0, count: codes.count), count: streams)
    together.fill(&blocks, workers: workers)
    var emphasis = DeEmphasis(model.configuration.preemphasis)
    guard blocks[0] == codes.map({ max(-1, min(1, emphasis.apply(engine.decodingTable[Int($0)]))) }) else {
      throw JobFault.benchmarkFailed(
        "\(streams) streams on \(workers.threads) threads have other samples than one alone")
    }
    let network = model.network
    let input = network.input(
      previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count], conditions: [conditions],
      features: conditions.features.flatMap {
        model.configuration.conditioning.features?.window(of: $0, steps: 0..<codes.count)
      })
    let workspace = try Workspace(forProductsOn: .serial)
    let expected = network.logits(input, Pass(model.parameters, workspace: workspace)).value.elements
    var (largest, difference) = (Float(1), Float(0))
    for (index, value) in expected.enumerated() {
      largest = max(largest, abs(value))
      difference = max(difference, abs(steps[index] - value))
      // The maximum ignores NaN.
      if steps[index].isNaN || value.isNaN { throw JobFault.benchmarkFailed("logit \(index) is not a number") }
    }
    let relative = Double(difference / largest)
    let bound = precision == .float32 ? 1e-4 : 0.5
    guard relative <= bound else {
      throw JobFault.benchmarkFailed("the logits differ by \(relative) from the network's, more than \(bound)")
    }
    return relative
  }
}
