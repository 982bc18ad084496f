import KodamaAudio
import KodamaCore
import KodamaFeatures
import KodamaGeneration
import KodamaWaveNets

/// Stretches of signals on which a network is observed, each preceded by as many samples as the network looks back.
struct CalibrationSignal: Sendable {
  /// A stretch of one signal.
  struct Stretch: Sendable, Equatable {
    /// The code before each step; `WaveNet.start` at the start of a signal.
    let previous: [Int32]
    /// The steps whose inputs count: those before are their past.
    let observed: Range<Int>
    /// The signal's labels, where the network is conditioned.
    var conditions = Conditions.none
    /// The features beside the steps, where the network is conditioned on some.
    var features: FeatureWindow?

    /// `count` of the observed steps, evenly spread; all where there are fewer.
    func times(_ count: Int) -> [Int] {
      let kept = min(count, observed.count)
      return (0..<kept).map { observed.lowerBound + (2 * $0 + 1) * observed.count / (2 * kept) }
    }
  }

  let stretches: [Stretch]

  init(stretches: [Stretch]) { self.stretches = stretches }

  /// How many stretches are taken of recordings.
  private static let stretchCount = 32
  /// The steps observed of a stretch are spread over so many.
  private static let stretchLength = 2048
  /// A past longer than this is cut: a network that looks back further is observed without the rest of it.
  private static let contextLimit = 16_384

  /// Stretches at even distances of all recordings taken together.
  ///
  /// - Parameter features: reads the features beside some steps of a recording, the first of which is at a multiple of
  ///   the hop; of a model that is conditioned on some.
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `WaveNetFault` where a recording lacks a label.
  init(
    _ recordings: Recordings, for model: WaveNetModel,
    features: (_ recording: Int, _ steps: Range<Int>) throws -> FeatureWindow? = { _, _ in nil }
  ) throws {
    let hop = model.configuration.conditioning.features?.hopLength ?? 1
    let conditions = try model.configuration.conditioning.conditions(of: recordings)
    let context = min(model.configuration.lookback, Self.contextLimit)
    var (stretches, recording, start) = ([Stretch](), 0, 0)
    for index in 0..<Self.stretchCount {
      let position = recordings.totalFrames * (2 * index + 1) / (2 * Self.stretchCount)
      while position >= start + recordings.frames(of: recording) {
        start += recordings.frames(of: recording)
        recording += 1
      }
      let first = position - start
      let past = max(0, first - context) / hop * hop
      let end = min(first + Self.stretchLength, recordings.frames(of: recording))
      // The last step's own code is no input of it.
      let samples = try recordings.read(recording, max(0, past - 1)..<end - 1)
      let previous = (past == 0 ? [WaveNet.start] : []) + model.companding.encode(samples)
      stretches.append(
        Stretch(
          previous: previous, observed: first - past..<previous.count, conditions: conditions[recording],
          features: try features(recording, past..<past + previous.count)))
    }
    self.stretches = stretches
  }

  /// Signals that the model itself generates, from their start.
  ///
  /// - Throws: `GenerationFault`.
  init(generatedBy model: WaveNetModel, conditions: Conditions?, workers: Workers) throws {
    let (signals, length, conditioning) = (4, 8192, model.configuration.conditioning)
    let codes = try GeneratedCodes.make(
      model, signals: signals, length: length, seed: 1, conditions: conditions, workers: workers)
    stretches = codes.enumerated().map { number, codes in
      Stretch(
        previous: [WaveNet.start] + codes.dropLast(), observed: 0..<codes.count,
        conditions: conditions ?? conditioning.conditions(number: number),
        features: conditions?.features.flatMap { conditioning.features?.window(of: $0, steps: 0..<codes.count) })
    }
  }
}

/// Signals sampled from a model, where there are no recordings.
package enum GeneratedCodes {
  /// Codes of `signals` signals, each `length` long: the same ones for the same seed. Where the model is conditioned,
  /// signal k has the labels of number k (see `Conditioning.conditions(number:)`).
  ///
  /// - Parameter conditions: those of all signals; nil for the above.
  /// - Throws: `GenerationFault`; `CompressionFault.needsRecordings`.
  package static func make(
    _ model: WaveNetModel, signals: Int, length: Int, seed: UInt64, conditions: Conditions? = nil, workers: Workers
  ) throws -> [[Int32]] {
    // A generated signal has no features of its own.
    if model.configuration.conditioning.features != nil && conditions?.features == nil {
      throw CompressionFault.needsRecordings
    }
    let engine = try WaveNetEngine(InferenceModel(model))
    let conditioning = model.configuration.conditioning
    let results = Locked([(codes: [Int32], areValid: Bool)](repeating: ([], true), count: signals))
    workers.forEach(parts: signals) { number in
      var stream = WaveNetStream(
        engine, seed: seed, number: number, conditions: conditions ?? conditioning.conditions(number: number))
      let codes = (0..<length).map { _ in Int32(stream.next()) }
      let areValid = stream.logitsAreFinite
      results.withLock { $0[number] = (codes, areValid) }
    }
    let signals = results.withLock { $0 }
    if !signals.allSatisfy(\.areValid) { throw GenerationFault.overflow(samples: length) }
    return signals.map(\.codes)
  }
}
