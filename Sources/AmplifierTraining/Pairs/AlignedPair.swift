/// A dry recording and the wet one that belongs to it, sample by sample.
public struct AlignedPair: Sendable, Equatable {
  /// What goes into a model, full scale ±1.
  public let dry: [Float]
  /// What it is to give, as many samples.
  public let wet: [Float]
  /// Samples per second, in Hz.
  public let sampleRate: Int
  /// The path of the wet recording, for messages.
  public let path: String

  /// Recordings of one length.
  ///
  /// - Precondition: as many samples, a positive sample rate.
  public init(dry: [Float], wet: [Float], sampleRate: Int, path: String = "the pair") {
    precondition(dry.count == wet.count, "\(dry.count) dry samples and \(wet.count) wet ones")
    precondition(sampleRate > 0, "the sample rate of a pair must be positive, not \(sampleRate) Hz")
    (self.dry, self.wet, self.sampleRate, self.path) = (dry, wet, sampleRate, path)
  }

  /// The parts of two recordings that belong together.
  public init(_ pair: RecordingPair, _ analysis: PairAnalysis) {
    self.init(
      dry: Array(pair.dry.samples[analysis.dryRange]), wet: Array(pair.wet.samples[analysis.wetRange]),
      sampleRate: pair.sampleRate, path: pair.wet.path)
  }

  /// The number of samples.
  public var count: Int { dry.count }

  /// The seconds at the end of a pair that models are validated on.
  public static let standardValidationSeconds = 9.0

  /// Divides the outputs: the last seconds for validation, those before for training. The first `lookback` samples are
  /// inputs alone, so that no output depends on what was before the recording.
  ///
  /// - Throws: `PairFault.tooShort` where there are not at least `samples` outputs for training.
  public func split(
    validationSeconds: Double = standardValidationSeconds, samples: Int, lookback: Int
  ) throws -> (training: Range<Int>, validation: Range<Int>) {
    precondition(validationSeconds >= 0 && samples > 0 && lookback >= 0, "crops of \(samples) after \(lookback)")
    let validation = Int((validationSeconds * Double(sampleRate)).rounded())
    if count - validation - lookback < samples {
      throw PairFault.tooShort(
        path: path, seconds: Double(count) / Double(sampleRate),
        needed: Double(validation + lookback + samples) / Double(sampleRate))
    }
    return (lookback..<count - validation, count - validation..<count)
  }
}
