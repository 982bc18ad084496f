import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaWaveNets

/// Generates one signal from features that arrive while it is generated: what `kodama generate --features -` does.
///
/// The samples of frame k are written as soon as frame k + `marginFrames` is there: with features that come in real time,
/// and a model that is faster, what is heard is `latency` samples behind them.
public struct FeatureStreamJob: Sendable {
  /// What the model hears.
  public let features: FeatureConditioning
  /// The model's rate in Hz.
  public let sampleRate: Int
  private let stream: WaveNetStream
  private let workers: Workers

  /// Samples written at a time, at most.
  private static let block = 1024

  /// A job for a model that is conditioned on features.
  ///
  /// - Parameter labels: where the model is conditioned on labels too.
  /// - Throws: `WaveNetFault.notConditionedOnFeatures`, `GenerationFault`.
  public init(
    model: InferenceModel, seed: UInt64 = 1, sampling: SamplingOptions = .standard, labels: Conditions = .none,
    workers: Workers = .all
  ) throws {
    guard let features = model.configuration.conditioning.features else {
      throw WaveNetFault.notConditionedOnFeatures
    }
    try sampling.check(for: model.configuration)
    self.features = features
    self.workers = workers
    sampleRate = model.sampleRate
    stream = WaveNetStream(try WaveNetEngine(model), seed: seed, conditions: labels.with(nil), sampling: sampling)
  }

  /// How far the samples of a frame are behind its arrival, in samples: those of the margin that must be known after it.
  public var latency: Int { features.marginFrames * features.hopLength }

  /// Generates until no more frames come: as many samples as hops.
  ///
  /// - Parameters:
  ///   - next: the next frame, waited for; nil after the last.
  ///   - shouldStop: asked between blocks; true ends early and keeps what is there.
  ///   - progress: is told how many samples there are.
  /// - Returns: the samples written.
  /// - Throws: `WaveNetFault.featureChannels`, `GenerationFault`, and what `next` and `output` throw.
  @discardableResult public func run(
    frames next: () throws -> [Float]?, progress: (_ samples: Int) -> Void = { _ in },
    shouldStop: () -> Bool = { false }, output: ([Float]) throws -> Void
  ) throws -> Int {
    var stream = stream
    var (frames, done, isEnded) = (0, 0, false)
    while !shouldStop() {
      let room = isEnded ? frames * features.hopLength - done : stream.availableSamples ?? 0
      if room == 0 {
        if isEnded { break }
        if let frame = try next() {
          if frame.count != features.channels { throw WaveNetFault.featureChannels(found: frame.count, features) }
          stream.add(features: frame)
          frames += 1
        } else {
          if frames == 0 { break }
          stream.endFeatures()
          isEnded = true
        }
        continue
      }
      var samples = [Float](repeating: 0, count: min(room, Self.block))
      var span = samples.mutableSpan
      stream.fill(&span, workers: workers)
      if !stream.logitsAreFinite { throw GenerationFault.overflow(samples: done + samples.count) }
      try output(samples)
      done += samples.count
      progress(done)
    }
    return done
  }
}
