import KodamaGeneration

/// The object behind a `kodama_stream`. It retains what it needs of its model.
///
/// Not `Sendable`: the caller uses it on one thread at a time, as the header requires.
final class OpenStream {
  private var stream: WaveNetStream
  /// The labels set so far, by the name of their set.
  private var labels: [String: String]
  /// Whether a frame of features was added.
  private var hasFeatures: Bool

  private init(_ stream: WaveNetStream, labels: [String: String] = [:], hasFeatures: Bool = false) {
    self.stream = stream
    self.labels = labels
    self.hasFeatures = hasFeatures
    // A fork would otherwise allocate memory with its first sample, which may be on a real-time thread.
    self.stream.takeMemory()
  }

  /// A stream; for a conditioned model, labels and features are still to be set.
  ///
  /// - Throws: `GenerationFault.needsClasses`.
  convenience init(_ model: LoadedModel, seed: UInt64, number: Int, sampling: SamplingOptions) throws {
    try sampling.check(for: model.engine.configuration)
    let first = model.engine.configuration.conditioning.conditions(number: 0)
    self.init(WaveNetStream(model.engine, seed: seed, number: number, conditions: first, sampling: sampling))
  }

  /// - Throws: `WaveNetFault.missingLabels`.
  func forked(seed: UInt64, number: Int) throws -> OpenStream {
    try checkLabels()
    return OpenStream(stream.forked(seed: seed, number: number), labels: labels, hasFeatures: hasFeatures)
  }

  /// - Throws: `GenerationFault.needsClasses`; the stream is then unchanged.
  func setSampling(_ sampling: SamplingOptions) throws {
    try sampling.check(for: stream.engine.configuration)
    stream.sampling = sampling
  }

  private var conditioning: Conditioning { stream.engine.configuration.conditioning }

  /// Sets the label of one set.
  ///
  /// - Throws: `WaveNetFault`; the stream is then unchanged.
  func setLabel(_ label: String, of set: String) throws {
    try conditioning.check(label, of: set)
    labels[set] = label
    if labels.count == conditioning.labels.count { stream.condition(on: try conditioning.conditions(labels)) }
  }

  /// Throws where a label is missing. Allocates no memory otherwise.
  private func checkLabels() throws {
    if labels.count < conditioning.labels.count { _ = try conditioning.conditions(labels) }
  }

  /// The features that the model is conditioned on.
  ///
  /// - Throws: `WaveNetFault.notConditionedOnFeatures`.
  var features: FeatureConditioning {
    get throws {
      guard let features = conditioning.features else { throw WaveNetFault.notConditionedOnFeatures }
      return features
    }
  }

  /// Adds the next whole frames, at least one.
  ///
  /// - Throws: `CallFault.featuresEnded`, `.featureNotFinite`, `WaveNetFault.notConditionedOnFeatures`; the stream is
  ///   then unchanged.
  func add(features frames: UnsafeBufferPointer<Float>) throws {
    let channels = try features.channels
    // An unlimited number of samples means that the features were ended.
    if available == nil { throw CallFault.featuresEnded }
    if let index = frames.firstIndex(where: { !$0.isFinite }) {
      throw CallFault.featureNotFinite(frame: index / channels, channel: index % channels)
    }
    stream.add(features: Array(frames))
    hasFeatures = true
  }

  /// Ends the features: the last frame is repeated from now on.
  ///
  /// - Throws: `CallFault.noFeaturesToEnd`, `WaveNetFault.notConditionedOnFeatures`; the stream is then unchanged.
  func endFeatures() throws {
    _ = try features
    if !hasFeatures { throw CallFault.noFeaturesToEnd }
    stream.endFeatures()
  }

  /// The number of samples whose features are known; nil for unlimited.
  var available: Int? { stream.availableSamples }

  /// Throws where so many samples are not available yet. Allocates no memory otherwise.
  ///
  /// - Throws: `WaveNetFault.missingLabels`, `CallFault.samplesBeyondFeatures`.
  private func checkAvailable(_ count: Int) throws {
    try checkLabels()
    if let available, available < count {
      throw CallFault.samplesBeyondFeatures(count: count, available: available)
    }
  }

  /// - Throws: `CallFault.sampleNotFinite`, and as `checkAvailable`; the stream is then unchanged.
  func prime(with samples: UnsafeBufferPointer<Float>) throws {
    try checkAvailable(samples.count)
    if let index = samples.firstIndex(where: { !$0.isFinite }) { throw CallFault.sampleNotFinite(index: index) }
    stream.prime(hearing: samples)
  }

  /// - Throws: `GenerationFault.overflow`, where the samples are written nevertheless; as `checkAvailable`, where none
  ///   is generated.
  func fill(_ buffer: UnsafeMutableBufferPointer<Float>) throws {
    try checkAvailable(buffer.count)
    var samples = buffer.mutableSpan
    stream.fill(&samples)
    if !stream.logitsAreFinite { throw GenerationFault.overflow(samples: buffer.count) }
  }
}
