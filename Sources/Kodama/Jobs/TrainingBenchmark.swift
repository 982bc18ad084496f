import KodamaCore
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
    /// The threads.
    public let threads: Int
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
  /// - Throws: `ResourceFault.addressSpace`.
  public func run(steps: Int, workers: Workers) throws -> Result {
    let workspace = try Workspace(forProductsOn: workers, products: precision)
    let network = WaveNet(configuration)
    var parameters = Parameters<Float>(network.declarations, seed: 1)
    var optimizer = Optimizer(.adam(), for: parameters)
    var random = Philox(seed: 1)
    let codes = (0..<batch * crop).map { _ in Int32(random.integer(below: configuration.levels)) }
    let previous = codes.indices.map { $0 % crop == 0 ? WaveNet.start : codes[$0 - 1] }
    let windows = (0..<batch).map { _ in
      configuration.conditioning.features.map { features in
        let shape: Shape = [1, features.windowFrames(steps: crop), features.channels]
        return (0..<shape.count).map { _ in Float(random.normal()) }
      }
    }
    let passes = 1 + (batch - 1) / WaveNetPlan.cropsPerPass(ofSamples: crop)

    /// The loss in bits per sample of some of the crops, and the gradients of its share in the mean.
    func pass(_ crops: Range<Int>, seed: UInt64) -> (bits: Double, gradients: Parameters<Float>) {
      let pass = Pass(parameters, phase: .training(seed: seed), workspace: workspace)
      let samples = crops.lowerBound * crop..<crops.upperBound * crop
      let features = configuration.conditioning.features.map {
        FeatureWindow(
          crops.flatMap { windows[$0]! }, shape: [crops.count, $0.windowFrames(steps: crop), $0.channels])
      }
      let input = network.input(
        previous: Array(previous[samples]), shape: [crops.count, crop], features: features)
      let loss = network.loss(
        network.logits(input, pass), targets: Array(codes[samples]),
        weights: [Float](repeating: 1, count: samples.count))
      let (share, bits) = (Double(crops.count) / Double(batch), Information.bits(fromNats: Double(loss.value.item)))
      var gradients = pass.gradients(of: loss)
      if passes > 1 { gradients.scale(by: Float(share)) }
      return (bits * share, gradients)
    }

    var (times, bits) = ([Double](), 0.0)
    for step in 0...max(1, steps) {
      let time = ContinuousClock().measure {
        var total = pass(Workers.range(of: 0, parts: passes, count: batch), seed: UInt64(step))
        for part in 1..<max(1, passes) {
          let next = pass(Workers.range(of: part, parts: passes, count: batch), seed: UInt64(step))
          total.bits += next.bits
          total.gradients.add(next.gradients)
        }
        bits = total.bits
        optimizer.update(&parameters, gradients: total.gradients, learningRate: 1e-3)
      }
      if step > 0 { times.append(time.inSeconds) }
    }
    return Result(
      samplesPerSecond: Double(codes.count) / times.sorted()[times.count / 2], stepSeconds: times,
      lastBitsPerSample: bits, instructionSet: "\(InstructionSet.current)", matrixLibraryCore: MatrixLibrary.core,
      threads: workers.threads)
  }
}
