import KodamaCore
import KodamaGeneration
import KodamaWaveNets

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a quantized model differs from the one that it was made from, on the same codes, both through the arithmetic
/// that generates.
public struct LogitComparison: Sendable, Equatable {
  /// Samples that were predicted.
  public let samples: Int
  /// Mean of −log2 p(x_t | x_<t), before and after.
  public let bitsPerSample: (before: Double, after: Double)
  /// 10 · log10(Σ l² / Σ (l′ − l)²) over all logits, each step's mean taken off, because it changes no probability; of
  /// a mixture over its numbers as they are. Infinite where nothing differs.
  public let signalToNoiseDecibels: Double

  public static func == (a: LogitComparison, b: LogitComparison) -> Bool {
    a.samples == b.samples && a.bitsPerSample == b.bitsPerSample && a.signalToNoiseDecibels == b.signalToNoiseDecibels
  }

  /// Runs both over signals, each from its own first sample.
  ///
  /// - Parameter conditions: the labels of each signal, where the models are conditioned.
  /// - Throws: `GenerationFault`.
  public init(
    _ original: InferenceModel, _ quantized: InferenceModel, on signals: [[Int32]], conditions: [Conditions] = [],
    workers: Workers = .all
  ) throws {
    let (before, after) = (try WaveNetEngine(original), try WaveNetEngine(quantized))
    let sums = Locked([Sums](repeating: Sums(), count: signals.count))
    workers.forEach(parts: signals.count) { part in
      let result = Sums(before, after, signals[part], conditions.isEmpty ? .none : conditions[part])
      sums.withLock { $0[part] = result }
    }
    // In the order of the signals, so that the result does not depend on the threads.
    let total = sums.withLock { $0.reduce(Sums(), +) }
    samples = total.samples
    let count = Double(max(1, total.samples))
    bitsPerSample = (total.bits.before / count, total.bits.after / count)
    signalToNoiseDecibels = total.noise == 0 ? .infinity : 10 * log10(total.signal / total.noise)
  }
}

private struct Sums {
  var samples = 0
  var bits = (before: 0.0, after: 0.0)
  var (signal, noise) = (0.0, 0.0)

  /// Samples whose logits are kept until the other model has computed its own.
  private static let block = 256

  init() {}

  init(_ before: WaveNetEngine, _ after: WaveNetEngine, _ codes: [Int32], _ conditions: Conditions) {
    let (original, quantized) = (
      EngineScorer(before, conditions: conditions), EngineScorer(after, conditions: conditions)
    )
    let isSoftmax = before.configuration.output == .softmax
    for start in stride(from: 0, to: codes.count, by: Self.block) {
      let block = Array(codes[start..<min(start + Self.block, codes.count)])
      var centred: [Double] = []
      original.add(codes: block) { logits in
        let mean = isSoftmax ? Self.mean(logits) : 0
        for index in logits.indices { centred.append(Double(logits[index]) - mean) }
      }
      var position = 0
      quantized.add(codes: block) { logits in
        let mean = isSoftmax ? Self.mean(logits) : 0
        for index in logits.indices {
          let difference = Double(logits[index]) - mean - centred[position]
          signal += centred[position] * centred[position]
          noise += difference * difference
          position += 1
        }
      }
    }
    samples = codes.count
    bits = (original.bits, quantized.bits)
  }

  private static func mean(_ logits: Span<Float>) -> Double {
    var sum = 0.0
    for index in logits.indices { sum += Double(logits[index]) }
    return sum / Double(logits.count)
  }

  static func + (a: Sums, b: Sums) -> Sums {
    var sum = a
    sum.samples += b.samples
    sum.bits = (a.bits.before + b.bits.before, a.bits.after + b.bits.after)
    (sum.signal, sum.noise) = (a.signal + b.signal, a.noise + b.noise)
    return sum
  }
}
