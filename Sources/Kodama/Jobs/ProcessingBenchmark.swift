import KodamaAmplifiers
import KodamaCore
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measures the speed of models of amplifiers in blocks: `kodama bench process`.
public struct ProcessingBenchmark: Sendable {
  /// The times of single blocks, in seconds.
  public struct BlockTimes: Sendable, Equatable, Encodable {
    /// Half of the blocks took at most this.
    public let median: Double
    /// 99 % of the blocks took at most this.
    public let p99: Double
    /// 99.9 % of the blocks took at most this.
    public let p999: Double
    /// The longest.
    public let longest: Double
  }

  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Encodable {
    /// The sample rate of the models, in Hz.
    public let sampleRate: Double
    /// The length of the sound through the time that all models took: the median over rounds.
    public let realTimeFactor: Double
    /// The times of blocks, of all models together, over all rounds.
    public let blockSeconds: BlockTimes
    /// The length of a block of sound, in seconds.
    public let blockLength: Double
    /// The kernels in use.
    public let instructionSet: String
  }

  private let models: [AmplifierModel]
  private let block: Int
  private let size: Double

  /// - Parameters:
  ///   - block: frames of a call.
  ///   - size: of networks of several sizes, from 0 to 1.
  public init(_ models: [AmplifierModel], block: Int, size: Double = 1) {
    precondition(!models.isEmpty && block > 0, "there are models, and frames in a block")
    (self.models, self.block, self.size) = (models, block, size)
  }

  /// Measures.
  public func run(seconds: Double, rounds: Int) -> Result {
    let processors = models.map { model in
      let processor = AmplifierProcessor(model)
      processor.size = size
      return processor
    }
    let rate = processors[0].sampleRate
    let count = max(1, Int(seconds * rate) / block)
    let inputs = processors.map { $0.inputChannels }.max() ?? 1
    let outputs = processors.map { $0.outputChannels }.max() ?? 1
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: (inputs + outputs) * block)
    memory.initialize(repeating: 0, count: (inputs + outputs) * block)
    defer { memory.deallocate() }
    let sources = (0..<inputs).map { UnsafePointer(memory + $0 * block) }
    let targets = (0..<outputs).map { memory + (inputs + $0) * block }
    let sound = Self.sound(frames: Int(rate))
    var (factors, times): ([Double], [Double]) = ([], [])
    times.reserveCapacity(count * rounds)
    for _ in 0..<rounds {
      var total = 0.0
      for index in 0..<count {
        for channel in 0..<inputs {
          for frame in 0..<block { memory[channel * block + frame] = sound[(index * block + frame) % sound.count] }
        }
        let start = ContinuousClock.now
        for processor in processors { processor.process(sources, into: targets, frames: block) }
        let time = (ContinuousClock.now - start).inSeconds
        total += time
        times.append(time)
      }
      factors.append(Double(count * block) / rate / total)
    }
    factors.sort()
    times.sort()
    func share(_ thousandths: Int) -> Double { times[min(times.count - 1, times.count * thousandths / 1000)] }
    return Result(
      sampleRate: rate, realTimeFactor: factors[factors.count / 2],
      blockSeconds: BlockTimes(
        median: share(500), p99: share(990), p999: share(999), longest: times[times.count - 1]),
      blockLength: Double(block) / rate,
      instructionSet: "\(InstructionSet.current)")
  }

  /// A second of sound: a tone that dies away below the smallest normal number, and silence.
  private static func sound(frames: Int) -> [Float] {
    (0..<frames).map { frame in
      let share = Double(frame) / Double(frames)
      return share > 0.9 ? 0 : Float(0.5 * exp(-110 * share) * sin(Double(frame) * 0.05))
    }
  }
}
