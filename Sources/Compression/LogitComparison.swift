import KodamaCore
import KodamaGeneration
import KodamaWaveNets
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a quantized model differs from the one that it was made from, on the same codes, both through the arithmetic that
/// generates.
public struct LogitComparison: Sendable, Equatable {
  /// Samples that were predicted.
  public let samples: Int
  /// Mean of −log2 p(x_t | x_<t), before and after.
  public let bitsPerSample: (before: Double, after: Double)
  /// 10 · log10(Σ l² / Σ (l′ − l)²) over all logits, each step's mean taken off, because it changes no probability.
  /// Infinite where nothing differs.
  public let signalToNoiseDecibels: Double

  public static func == (a: LogitComparison, b: LogitComparison) -> Bool {
    a.samples == b.samples && a.bitsPerSample == b.bitsPerSample && a.signalToNoiseDecibels == b.signalToNoiseDecibels
  }

  /// Runs both over signals, each from its own first sample.
  ///
  /// - Throws: `GenerationFault`.
  public init(
    _ original: InferenceModel, _ quantized: InferenceModel, on signals: [[Int32]], workers: Workers = .all
  ) throws {
    let (before, after) = (try WaveNetEngine(original), try WaveNetEngine(quantized))
    let sums = Mutex([Sums](repeating: Sums(), count: signals.count))
    workers.forEach(parts: signals.count) { part in
      let result = Sums(before, after, signals[part])
      sums.withLock { $0[part] = result }
    }
    // In the order of the signals, so that the result does not depend on the threads.
    let total = sums.withLock { $0.reduce(Sums(), +) }
    samples = total.samples
    let count = Double(max(1, total.samples))
    bitsPerSample = (
      Information.bits(fromNats: total.nats.before) / count, Information.bits(fromNats: total.nats.after) / count
    )
    signalToNoiseDecibels = 10 * log10(total.signal / total.noise)
  }
}

private struct Sums {
  var samples = 0
  var nats = (before: 0.0, after: 0.0)
  var (signal, noise) = (0.0, 0.0)

  init() {}

  init(_ before: WaveNetEngine, _ after: WaveNetEngine, _ codes: [Int32]) {
    var (original, quantized) = (WaveNetStream(before, seed: 0), WaveNetStream(after, seed: 0))
    for code in codes {
      original.withLogits { a in
        quantized.withLogits { b in
          add(a, b, code: Int(code))
        }
      }
      original.feed(Int(code))
      quantized.feed(Int(code))
    }
    samples = codes.count
  }

  private mutating func add(_ a: Span<Float>, _ b: Span<Float>, code: Int) {
    let (first, second) = (Statistics(a), Statistics(b))
    for index in a.indices {
      let x = Double(a[index]) - first.mean
      let difference = Double(b[index]) - second.mean - x
      signal += x * x
      noise += difference * difference
    }
    nats.before += first.logSumOfExponentials - Double(a[code])
    nats.after += second.logSumOfExponentials - Double(b[code])
  }

  static func + (a: Sums, b: Sums) -> Sums {
    var sum = a
    sum.samples += b.samples
    sum.nats = (a.nats.before + b.nats.before, a.nats.after + b.nats.after)
    (sum.signal, sum.noise) = (a.signal + b.signal, a.noise + b.noise)
    return sum
  }
}

/// Of the logits of one step.
private struct Statistics {
  let mean: Double
  let logSumOfExponentials: Double

  init(_ logits: Span<Float>) {
    var (sum, largest) = (0.0, -Double.infinity)
    for index in logits.indices {
      sum += Double(logits[index])
      largest = max(largest, Double(logits[index]))
    }
    var exponentials = 0.0
    for index in logits.indices { exponentials += exp(Double(logits[index]) - largest) }
    mean = sum / Double(logits.count)
    logSumOfExponentials = largest + log(exponentials)
  }
}
