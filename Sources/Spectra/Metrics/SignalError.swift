import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The error of a sound relative to its reference, sample by sample.
///
/// With y the reference, x the generated sound and e = x − y: SNR = 10 log₁₀(Σy² / Σe²), dB; ESR = Σe² / Σy². With
/// pre-emphasis, both y and e are filtered first: y[n] − 0.85 y[n − 1], n ≥ 1, one sample fewer. The mean over channels
/// is taken.
///
/// - Source: Wright et al. 2020 for ESR; Neural Amp Modeler's trainer for the pre-emphasis.
public enum SignalError: PairMeasurement {
  /// The metric `snr`.
  public static let noiseMetric = Metric(
    name: "snr", title: "signal-to-noise ratio", unit: "dB", direction: .higherIsBetter, scope: .pairs,
    definition: "10 log10(sum y^2 / sum (x - y)^2), y the reference; mean over channels; undefined for a perfect copy",
    source: "definition")
  /// The metric `esr`.
  public static let metric = Metric(
    name: "esr", title: "error-to-signal ratio", unit: "", direction: .lowerIsBetter, scope: .pairs,
    definition: "mean (x - y)^2 / mean y^2, y the reference; mean over channels",
    source: "Wright et al. 2020; Neural Amp Modeler's trainer")
  /// The metric `esr-preemphasis`.
  public static let emphasizedMetric = Metric(
    name: "esr-preemphasis", title: "error-to-signal ratio, pre-emphasized", unit: "", direction: .lowerIsBetter,
    scope: .pairs, definition: "esr of x[n] - 0.85 x[n - 1] and y[n] - 0.85 y[n - 1], n >= 1",
    source: "Wright et al. 2020; Neural Amp Modeler's trainer")
  static let metrics = [noiseMetric, metric, emphasizedMetric]

  /// The scores of a pair.
  public struct Scores: Sendable, Equatable {
    /// `snr`; undefined where the reference is silent or there is no error.
    public let signalToNoise: Score
    /// `esr`; undefined where the reference is silent.
    public let errorToSignal: Score
    /// `esr-preemphasis`; undefined where the filtered reference is silent.
    public let emphasizedErrorToSignal: Score
  }

  /// The scores of a pair.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func scores(reference: any SampleSource, generated: any SampleSource) throws -> Scores {
    if reference.frames == 0 {
      return Scores(signalToNoise: .noSamples, errorToSignal: .noSamples, emphasizedErrorToSignal: .noSamples)
    }
    var channels = [Sums](repeating: Sums(), count: reference.channelCount)
    for start in stride(from: 0, to: reference.frames, by: Blocks.frames) {
      let range = start..<min(reference.frames, start + Blocks.frames)
      let pairs = zip(try reference.checkedSamples(in: range), try generated.checkedSamples(in: range))
      for (channel, pair) in pairs.enumerated() { channels[channel].add(pair.0, pair.1) }
    }
    return Scores(
      signalToNoise: mean(channels) { channel, sums in
        if sums.signal == 0 { return .undefined(reason: "channel \(channel) of the reference is silent") }
        if sums.error == 0 {
          return .undefined(reason: "channel \(channel) is a perfect copy, and the ratio infinite")
        }
        return .value(10 * log10(sums.signal / sums.error))
      },
      errorToSignal: mean(channels) { channel, sums in
        if sums.signal == 0 { return .undefined(reason: "channel \(channel) of the reference is silent") }
        return .value(sums.error / sums.signal)
      },
      emphasizedErrorToSignal: mean(channels) { channel, sums in
        if reference.frames == 1 { return .undefined(reason: "pre-emphasis needs 2 samples, and there is 1") }
        if sums.emphasizedSignal == 0 {
          return .undefined(reason: "channel \(channel) of the reference is silent once it is pre-emphasized")
        }
        return .value(sums.emphasizedError / sums.emphasizedSignal)
      })
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    let scores = try scores(reference: reference, generated: generated)
    return [scores.signalToNoise, scores.errorToSignal, scores.emphasizedErrorToSignal]
  }

  /// The mean of the channels' scores, or the first undefined one.
  private static func mean(_ channels: [Sums], _ score: (Int, Sums) -> Score) -> Score {
    var total = 0.0
    for (channel, sums) in channels.enumerated() {
      switch score(channel, sums) {
      case .value(let value): total += value
      case .undefined(let reason): return .undefined(reason: reason)
      }
    }
    return .value(total / Double(channels.count))
  }

  /// Sums over one channel of a pair.
  private struct Sums {
    private(set) var (signal, error, emphasizedSignal, emphasizedError) = (0.0, 0.0, 0.0, 0.0)
    /// The last samples of the reference and of the error; nil before the first.
    private var last: (signal: Double, error: Double)?

    private static let preEmphasis = 0.85

    mutating func add(_ reference: [Float], _ generated: [Float]) {
      precondition(
        reference.count == generated.count, "\(reference.count) samples and \(generated.count) in one block")
      for n in reference.indices {
        let y = Double(reference[n])
        let e = Double(generated[n]) - y
        signal += y * y
        error += e * e
        if let last {
          let (a, b) = (y - Self.preEmphasis * last.signal, e - Self.preEmphasis * last.error)
          emphasizedSignal += a * a
          emphasizedError += b * b
        }
        last = (y, e)
      }
    }
  }
}
