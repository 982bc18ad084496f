import KodamaGeneration

/// What a `kodama_stream` points to. It keeps what it needs of its model.
///
/// Not `Sendable`: the caller uses it in one thread at a time, as the header asks.
final class OpenStream {
  private var stream: WaveNetStream

  private init(_ stream: WaveNetStream) {
    self.stream = stream
    // Takes the memory of its own that a fork would otherwise take with its first sample, which may be drawn where
    // waiting for memory is not allowed.
    self.stream.withLogits { _ in }
  }

  /// - Throws: `GenerationFault.needsClasses`.
  convenience init(_ model: LoadedModel, seed: UInt64, number: Int, sampling: SamplingOptions) throws {
    try sampling.check(for: model.engine.configuration)
    self.init(WaveNetStream(model.engine, seed: seed, number: number, sampling: sampling))
  }

  func forked(seed: UInt64, number: Int) -> OpenStream {
    OpenStream(stream.forked(seed: seed, number: number))
  }

  /// - Throws: `GenerationFault.needsClasses`; the stream is as it was.
  func setSampling(_ sampling: SamplingOptions) throws {
    try sampling.check(for: stream.engine.configuration)
    stream.sampling = sampling
  }

  /// - Throws: `CallFault.sampleNotFinite`; the stream is as it was.
  func prime(with samples: UnsafeBufferPointer<Float>) throws {
    if let index = samples.firstIndex(where: { !$0.isFinite }) { throw CallFault.sampleNotFinite(index: index) }
    stream.prime(hearing: samples)
  }

  /// - Throws: `GenerationFault.overflow`; the samples are written all the same.
  func fill(_ buffer: UnsafeMutableBufferPointer<Float>) throws {
    var samples = buffer.mutableSpan
    stream.fill(&samples)
    if !stream.logitsAreFinite { throw GenerationFault.overflow(samples: buffer.count) }
  }
}
