import CKernels
import KodamaCore
import KodamaInference
import KodamaLayers

/// How fast one core of this processor could generate at best, measured by reading and by multiplying alone.
///
/// A sample cannot take less time than reading all weights takes, nor than the multiply-adds take, without those of
/// blocks that are left out; of several streams
/// that go through the network together, a reading serves at most `WaveNetEngine.streamsPerReading`.
public struct GenerationLimit: Sendable, Equatable, Codable {
  /// Bytes per second of reading the packed weights again and again.
  public let bytesPerSecond: Double
  /// Multiply-adds per second of the kernels' inner loops on registers and first-level cache alone, weighted by what
  /// the layers' precisions have to do.
  public let multiplyAddsPerSecond: Double
  /// Samples per second of all streams together that the lower of the two allows.
  public let samplesPerSecond: Double
  /// Whether reading is the lower.
  public let isReading: Bool
}

extension WaveNetEngine {
  /// How many streams one reading of the weights serves at most.
  public var streamsPerReading: Int { kernels.pointee.tile_steps }

  /// Measures the limit of one core for `streams` streams; takes some milliseconds.
  public func measureLimit(streams: Int = 1) -> GenerationLimit {
    precondition(streams > 0, "no streams have no limit")
    // The faster of prefetching here and of leaving that to the processor.
    let bytesPerSecond = [0, 2048].reduce(0) { fastest, distance in
      let seconds = Self.seconds { repetitions in
        for _ in 0..<repetitions { _ = kernels.pointee.read(packedBytes, program.memory.base, distance) }
      }
      return max(fastest, Double(packedBytes) / seconds)
    }
    var (count, seconds) = (0, 0.0)
    for (products, multiplyAdds) in program.multiplyAdds {
      count += multiplyAdds
      seconds += Double(multiplyAdds) / peak(of: products)
    }
    let readings = Double((streams + streamsPerReading - 1) / streamsPerReading)
    let reading = Double(streams) / (readings * Double(packedBytes) / bytesPerSecond)
    let multiplying = 1 / seconds
    return GenerationLimit(
      bytesPerSecond: bytesPerSecond, multiplyAddsPerSecond: Double(count) / seconds,
      samplesPerSecond: min(reading, multiplying), isReading: reading < multiplying)
  }

  /// Multiply-adds per second of the inner loop of some products.
  private func peak(of products: Program.Products) -> Double {
    let multiply = kernels.pointee.multiply(products.precision.operand, isSparse: products.isSparse)
    var result: Float = 0
    let count = multiply?(0, &result) ?? 0
    return Double(count) / Self.seconds { repetitions in _ = multiply?(repetitions, &result) }
  }

  /// Seconds of one repetition: the least of several runs, each long enough for the clock.
  private static func seconds(_ body: (_ repetitions: Int) -> Void) -> Double {
    let clock = ContinuousClock()
    var (repetitions, least) = (1, Double.infinity)
    var run = 0
    while run < 5 {
      let elapsed = clock.measure { body(repetitions) }.inSeconds
      if elapsed < 0.002 {
        repetitions *= 2
        continue
      }
      least = min(least, elapsed / Double(repetitions))
      run += 1
    }
    return least
  }
}
