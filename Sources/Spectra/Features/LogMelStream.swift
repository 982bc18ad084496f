/// Log-mel features of a sound whose samples arrive in blocks: every frame is given as soon as its last sample is there,
/// fftLength/2 samples after its middle.
public struct LogMelStream: Sendable {
  /// The samples that arrived.
  public private(set) var samples = 0
  /// The frames that were given.
  public private(set) var frames = 0
  private let logMel: LogMel
  /// The samples from the beginning of the next frame on, first of all the zeros before the sound.
  private var pending: [Float]

  /// A stream at the beginning of a sound.
  public init(_ logMel: LogMel) {
    self.logMel = logMel
    pending = [Float](repeating: 0, count: logMel.reach)
  }

  /// Takes the next samples and gives the frames that they complete; none where they complete none.
  ///
  /// - Throws: `SpectraFault.notFinite`, after which the stream is of no use.
  public mutating func add(_ block: [Float]) throws -> Spectrogram {
    pending += block
    samples += block.count
    let complete = try logMel.frames(beneath: pending)
    pending.removeFirst(min(pending.count, complete.frames * logMel.convention.hopLength))
    frames += complete.frames
    return complete
  }

  /// The rest of the frames, where no more samples come: zeros follow the sound.
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
