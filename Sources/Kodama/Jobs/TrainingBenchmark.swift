import KodamaCore
import KodamaDistributed
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

extension TimedPlan {
  /// The preset for a time: the largest that this machine trains on enough samples in it. Steps of `tiny` are measured,
  /// for less than a second; the others take as much longer as they have more multiply-adds.
  ///
  /// - Throws: `ResourceFault.addressSpace`.
  public static func preset(for time: Duration, workers: Workers = .all) throws -> Preset {
    let speed = try TrainingBenchmark(configuration: Preset.tiny.configuration, batch: 2, crop: 4000)
      .run(steps: 3, workers: workers).samplesPerSecond
    return preset(seconds: time.inSeconds, tinySpeed: speed)
  }
}

/// Measures the speed of training on this machine, on random codes and features: `kodama bench train`. A step is a
/// forward pass, a backward pass and Adam, as in any framework, without reading crops, clipping and averaging weights.
public struct TrainingBenchmark {
  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// Time steps of all crops per second: the median over steps.
    public let samplesPerSecond: Double
    /// Seconds of each step, in order.
    public let stepSeconds: [Double]
    /// The loss of the last step in bits per sample, for comparison with another program with the same weights.
    public let lastBitsPerSample: Double
    /// The kernels.
    public let instructionSet: String
    /// The core type of OpenBLAS.
    public let matrixLibraryCore: String
    /// The threads of each process.
    public let threads: Int
    /// The processes.
    public let processes: Int
  }

  private let configuration: WaveNetConfiguration
  private let batch: Int
  private let crop: Int
  private let precision: ProductPrecision

  /// A benchmark of `batch` crops of `crop` samples, with products of a precision.
  ///
  /// - Throws: `TrainingFault.badPlan` where they take more memory than the machine has.
  public init(
    configuration: WaveNetConfiguration, batch: Int, crop: Int, precision: ProductPrecision = .full
  ) throws {
    try TrainingSettings.checkMemory(configuration, batch: batch, crop: crop, precision: precision)
    self.configuration = configuration
    self.batch = batch
    self.crop = crop
    self.precision = precision
  }

  /// Runs one warm-up step, then `steps` steps of Adam.
  ///
  /// - Parameter group: the processes that share the crops of each step; nil for one.
  /// - Throws: `ResourceFault.addressSpace`; `DistributedFault.tooFew` where there are more processes than crops.
  public func run(steps: Int, workers: Workers, group: ProcessGroup? = nil) throws -> Result {
    let workspace = try Workspace(forProductsOn: workers, products: precision)
    let network = WaveNet(configuration)
    var parameters = Parameters<Float>(network.declarations, seed: 1)
    var optimizer = Optimizer(.adam(), for: parameters)
    var random = Philox(seed: 1)
    let codes = (0..<batch * crop).map { _ in Int32(random.integer(below: configuration.levels)) }
    let previous = codes.indices.map { $0 % crop == 0 ? WaveNet.start : codes[$0 - 1] }
    let conditioning = configuration.conditioning.features
    let frames = conditioning?.windowFrames(steps: crop) ?? 0
    let window = frames * (conditioning?.channels ?? 0)
    let features = (0..<batch * window).map { _ in Float(random.normal()) }
    var plan = TrainingPlan()
    plan.batchSize = batch
    let perPass = WaveNetPlan.cropsPerPass(ofSamples: crop)
    try group?.divide(&plan, examplesPerPass: perPass)
    let passes = plan.parts(from: 0, examplesPerPass: perPass, processes: group?.processes ?? 1)
    let share = group?.share(ofParts: passes.count) ?? passes.indices
    let arenas = share.map { _ in ParameterArena(like: parameters) }

    /// The loss in bits per sample of some of the crops, times their share in the mean.
    func pass(_ crops: Range<Int>, seed: UInt64, into arena: ParameterArena, isLast: Bool) throws -> Double {
      let pass = Pass(parameters, phase: .training(seed: seed), workspace: workspace)
      let samples = crops.lowerBound * crop..<crops.upperBound * crop
      let windows = conditioning.map {
        FeatureWindow(
          Array(features[crops.lowerBound * window..<crops.upperBound * window]),
          shape: [crops.count, frames, $0.channels])
      }
      let input = network.input(previous: Array(previous[samples]), shape: [crops.count, crop], features: windows)
      let loss = network.loss(
        network.logits(input, pass), targets: Array(codes[samples]),
        weights: [Float](repeating: 1, count: samples.count))
      let (share, bits) = (Double(crops.count) / Double(batch), Information.bits(fromNats: Double(loss.value.item)))
      try arena.fill(pass, of: loss, factor: Float(share)) { try group?.isFinal(isLast ? $0 : 0..<0) }
      return bits * share
    }

    var (times, bits) = ([Double](), 0.0)
    for step in 0...max(1, steps) {
      let time = try ContinuousClock().measure {
        group?.begin(arenas, after: nil)
        let own = try share.enumerated().map { index, number in
          [
            try pass(
              passes[number], seed: UInt64(step), into: arenas[index], isLast: index == share.count - 1)
          ]
        }
        let all = try group?.finish(own, ofParts: passes.count) ?? own
        if group == nil { for arena in arenas.dropFirst() { arenas[0].add(arena) } }
        bits = all.reduce(0.0) { $0 + $1[0] }
        optimizer.update(&parameters, gradients: arenas[0].parameters, learningRate: 1e-3, workers: workers)
      }
      if step > 0 { times.append(time.inSeconds) }
    }
    return Result(
      samplesPerSecond: Double(codes.count) / times.sorted()[times.count / 2], stepSeconds: times,
      lastBitsPerSample: bits, instructionSet: "\(InstructionSet.current)", matrixLibraryCore: MatrixLibrary.core,
      threads: workers.threads, processes: group?.processes ?? 1)
  }
}
