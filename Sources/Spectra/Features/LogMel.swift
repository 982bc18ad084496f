import KodamaCore
import KodamaSignal

/// Computes the log-mel features of a convention.
///
/// A whole sound, a sound in blocks (`forEachBlock`), samples as they arrive (`LogMelStream`) and sections of a sound
/// (`frames(beneath:)`) give bitwise equal features: a frame is a function of only the `fftLength` samples around it.
///
/// - Shapes: [T] → [1 + ⌊T / hop⌋, bands].
public struct LogMel: Sendable, Equatable {
  /// The convention.
  public let convention: LogMelConvention
  /// Frames centered on every hop, zeros outside.
  let stft: STFT
  /// The same frames without padding, for samples with their context.
  private let bare: STFT
  let filterbank: MelFilterbank

  /// - Throws: `SpectraFault.badConvention` where a field is invalid.
  public init(_ convention: LogMelConvention) throws {
    if let (field, value, allowed) = convention.problem {
      throw SpectraFault.badConvention(field: field, value: value, allowed: allowed)
    }
    self.convention = convention
    func framing(_ padding: STFT.Padding) -> STFT {
      STFT(
        fftLength: convention.fftLength, hopLength: convention.hopLength, windowLength: convention.windowLength,
        padding: padding)
    }
    stft = framing(.zeros)
    bare = framing(.none)
    filterbank = MelFilterbank(
      sampleRate: convention.sampleRate, fftLength: convention.fftLength, bands: convention.bands,
      minimumFrequency: convention.minimumFrequency, maximumFrequency: convention.maximumFrequency,
      scale: convention.scale)
  }

  /// The features of a sound in memory.
  ///
  /// - Shapes: samples [T] → [1 + ⌊T / hop⌋, bands].
  /// - Throws: `SpectraFault.notFinite`.
  public func callAsFunction(_ samples: [Float], workers: Workers = .all) throws -> Spectrogram {
    if samples.isEmpty { return silentFrame }
    return try stft.rows(of: samples, bands: convention.bands, workers: workers) { gather($0, into: $1) }
  }

  /// Calls `body` with the features of a sound of any length in order, some frames at a time, in bounded memory.
  ///
  /// - Precondition: a sound of one channel at the convention's rate.
  /// - Throws: `SpectraFault.notFinite`, and whatever reading or `body` throws.
  public func forEachBlock(
    of source: any SampleSource, workers: Workers = .all, _ body: (Spectrogram) throws -> Void
  ) throws {
    precondition(
      source.channelCount == 1 && source.sampleRate == convention.sampleRate,
      "\(source.channelCount) channels at \(source.sampleRate) Hz for features of one at \(convention.sampleRate) Hz")
    if source.frames == 0 { return try body(silentFrame) }
    let bands = convention.bands
    try stft.forEachRows(of: source, columns: bands, workers: workers, row: { gather($0, into: $1) }) { values in
      try body(Spectrogram(frames: values.count / bands, bands: bands, values: values))
    }
  }

  /// The number of samples before and after the center of a frame that it depends on.
  public var reach: Int { convention.fftLength / 2 }

  /// The frames that lie completely in a section of sound: frame k of the result depends on samples k · hop ..< k · hop
  /// + fftLength. A section that starts `reach` samples before the center of a frame of the whole sound, with zeros
  /// outside the sound, gives that frame and those after it.
  ///
  /// - Shapes: [T] → [1 + ⌊(T − fftLength) / hop⌋, bands], none where T < fftLength.
  /// - Throws: `SpectraFault.notFinite`.
  public func frames(beneath samples: [Float], workers: Workers = .serial) throws -> Spectrogram {
    try bare.rows(of: samples, bands: convention.bands, workers: workers) { gather($0, into: $1) }
  }

  /// Writes the features of a frame, and overwrites its power.
  private func gather(_ power: UnsafeMutablePointer<Double>, into row: UnsafeMutablePointer<Float>) {
    if convention.spectrum == .magnitude { SpectralKernels.current.squareRoots(power, count: stft.bins, offset: 0) }
    filterbank.logarithms(
      of: power, floor: convention.floor, offset: convention.offset, factor: 1 / convention.divisor, to: row)
  }

  /// The one frame of a sound without samples.
  private var silentFrame: Spectrogram {
    var power = [Double](repeating: 0, count: stft.bins)
    let values = [Float](unsafeUninitializedCapacity: convention.bands) { values, count in
      power.withUnsafeMutableBufferPointer {
        gather($0.baseAddress.unsafelyUnwrapped, into: values.baseAddress.unsafelyUnwrapped)
      }
      count = convention.bands
    }
    return Spectrogram(frames: 1, bands: convention.bands, values: values)
  }
}
