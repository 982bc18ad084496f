import KodamaGeneration
import KodamaWaveNets

/// What a `kodama_stream` points to. It keeps what it needs of its model.
///
/// Not `Sendable`: the caller uses it in one thread at a time, as the header asks.
final class OpenStream {
  private var stream: WaveNetStream
  /// The labels given so far, by the name of their set.
  private var labels: [String: String]

  private init(_ stream: WaveNetStream, labels: [String: String] = [:]) {
    self.stream = stream
    self.labels = labels
    // A fork would otherwise take memory with its first sample, which may be drawn where waiting for it is not allowed.
    self.stream.takeMemory()
  }

  /// A stream whose labels, where the model is conditioned, are still to be given.
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
    return OpenStream(stream.forked(seed: seed, number: number), labels: labels)
  }

  /// - Throws: `GenerationFault.needsClasses`; the stream is as it was.
  func setSampling(_ sampling: SamplingOptions) throws {
    try sampling.check(for: stream.engine.configuration)
    stream.sampling = sampling
  }

  private var conditioning: Conditioning { stream.engine.configuration.conditioning }

  /// Gives the label of one set.
  ///
  /// - Throws: `WaveNetFault`; the stream is as it was.
  func setLabel(_ label: String, of set: String) throws {
    try conditioning.check(label, of: set)
    labels[set] = label
    if labels.count == conditioning.labels.count { stream.condition(on: try conditioning.conditions(labels)) }
  }

  /// Throws where the model is conditioned and a label is still to be given. Takes no memory where none is.
  private func checkLabels() throws {
    if labels.count < conditioning.labels.count { _ = try conditioning.conditions(labels) }
  }

  /// - Throws: `CallFault.sampleNotFinite`, `WaveNetFault.missingLabels`; the stream is as it was.
  func prime(with samples: UnsafeBufferPointer<Float>) throws {
    try checkLabels()
    if let index = samples.firstIndex(where: { !$0.isFinite }) { throw CallFault.sampleNotFinite(index: index) }
    stream.prime(hearing: samples)
  }

  /// - Throws: `GenerationFault.overflow`; the samples are written all the same. `WaveNetFault.missingLabels`.
  func fill(_ buffer: UnsafeMutableBufferPointer<Float>) throws {
    try checkLabels()
    var samples = buffer.mutableSpan
    stream.fill(&samples)
    if !stream.logitsAreFinite { throw GenerationFault.overflow(samples: buffer.count) }
  }
}
