/// Log-mel features of a sound whose samples arrive in blocks: every frame is returned as soon as its last sample is
/// available, fftLength/2 samples after its center.
public struct LogMelStream: Sendable {
  /// The number of samples added so far.
  public private(set) var samples = 0
  /// The number of frames returned so far.
  public private(set) var frames = 0
  private let logMel: LogMel
  /// The samples from the start of the next frame on, initially the zeros before the sound.
  private var pending: [Float]

  /// A stream at the start of a sound.
  public init(_ logMel: LogMel) {
    self.logMel = logMel
    pending = [Float](repeating: 0, count: logMel.reach)
  }

  /// Adds the next samples and returns the frames that they complete.
  ///
  /// - Throws: `SpectraFault.notFinite`, after which the stream must not be used.
  public mutating func add(_ block: [Float]) throws -> Spectrogram {
    pending += block
    samples += block.count
    let complete = try logMel.frames(beneath: pending)
    pending.removeFirst(min(pending.count, complete.frames * logMel.convention.hopLength))
    frames += complete.frames
    return complete
  }

  /// Ends the sound and returns the remaining frames, with zeros after the sound.
  ///
  /// - Throws: as `add`.
  public mutating func finish() throws -> Spectrogram {
    let missing = logMel.convention.frames(ofSamples: samples) - frames
    let needed = (missing - 1) * logMel.convention.hopLength + logMel.convention.fftLength
    let rest = try logMel.frames(beneath: pending + [Float](repeating: 0, count: max(0, needed - pending.count)))
    frames += rest.frames
    return rest
  }
}
