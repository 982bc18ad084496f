import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaWaveNets

/// Generates one signal from streamed features, as `kodama generate --features -` does.
///
/// The samples of frame k are written as soon as frame k + `marginFrames` has arrived: with features in real time, and
/// a model that is faster, the output is `latency` samples behind them.
public struct FeatureStreamJob: Sendable {
  /// The conditioning features of the model.
  public let features: FeatureConditioning
  /// The model's rate in Hz.
  public let sampleRate: Int
  private let stream: WaveNetStream
  private let workers: Workers

  /// The largest number of samples written at a time.
  private static let block = 1024

  /// A job for a model that is conditioned on features.
  ///
  /// - Parameter labels: the labels, where the model is conditioned on labels too.
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

  /// The delay from the arrival of a frame to its samples, in samples: the margin frames after it.
  public var latency: Int { features.marginFrames * features.hopLength }

  /// Generates until the end of the frames: a hop of samples for each frame.
  ///
  /// - Parameters:
  ///   - next: waits for the next frame; nil after the last.
  ///   - shouldStop: called between blocks; true ends early and keeps the samples so far.
  ///   - progress: called with the number of samples so far.
  /// - Returns: the number of samples written.
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
