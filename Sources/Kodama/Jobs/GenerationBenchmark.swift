import KodamaGeneration
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// Measures how fast a network generates on one core of this machine, with random weights: `kodama bench generate`.
public struct GenerationBenchmark {
  /// What came of it. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// Samples per second of one stream: the median over rounds.
    public let samplesPerSecond: Double
    /// Samples per second of each round, in order.
    public let rounds: [Double]
    /// The largest difference of the logits from those of the training network over the first samples, over the largest
    /// logit: the check that comes before the clock.
    public let largestDifference: Double
    /// The kernels.
    public let instructionSet: String
  }

  private let configuration: WaveNetConfiguration

  /// A benchmark of one network.
  public init(configuration: WaveNetConfiguration) { self.configuration = configuration }

  /// Checks 64 samples, then times `rounds` rounds of `samples` samples.
  ///
  /// - Throws: `GenerationFault`.
  public func run(samples: Int, rounds: Int) throws -> Result {
    let network = WaveNet(configuration)
    let parameters = Parameters<Float>(network.declarations, seed: 1)
    let engine = try WaveNetEngine(network, parameters)
    let difference = try check(network, parameters, engine)
    var stream = WaveNetStream(engine, seed: 1)
    var speeds: [Double] = []
    for _ in 0..<max(1, rounds) {
      let time = ContinuousClock().measure { for _ in 0..<max(1, samples) { _ = stream.next() } }
      speeds.append(Double(max(1, samples)) / time.inSeconds)
    }
    return Result(
      samplesPerSecond: speeds.sorted()[speeds.count / 2], rounds: speeds, largestDifference: difference,
      instructionSet: "\(engine.instructionSet)")
  }

  private func check(_ network: WaveNet, _ parameters: Parameters<Float>, _ engine: WaveNetEngine) throws -> Double {
    var stream = WaveNetStream(engine, seed: 2)
    var (codes, steps) = ([Int32](), [[Float]]())
    for _ in 0..<64 {
      stream.withLogits { logits in steps.append(logits.indices.map { logits[$0] }) }
      codes.append(Int32(stream.next()))
    }
    let input = network.input(previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count])
    let expected = network.logits(input, Pass(parameters)).value.elements
    let largest = expected.reduce(1) { max($0, abs($1)) }
    let difference = zip(steps.joined(), expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    return Double(difference / largest)
  }
}
