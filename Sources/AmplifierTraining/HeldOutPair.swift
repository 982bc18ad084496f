import KodamaAmplifiers
import KodamaAudio
import KodamaCore
import KodamaSignal
import KodamaTensors

/// The end of a pair, which a model is not trained on, and the error of models on it.
///
/// A run keeps it in files, `dry.wav` and `wet.wav` of its folder `held-out`: of one length, with the samples before it that
/// the model needs.
package struct HeldOutPair: Sendable {
  private let pair: AlignedPair
  /// The samples before the first output.
  private let lookback: Int
  private let preEmphasis: Float

  private static let (dryName, wetName) = ("dry.wav", "wet.wav")

  /// The folder of the files of a run.
  package static func folder(run: String) -> String { Folder.trimmed(run) + "/held-out" }

  /// The outputs of a range.
  ///
  /// - Precondition: `lookback` samples before the range.
  package init(_ pair: AlignedPair, outputs: Range<Int>, lookback: Int, preEmphasis: Double) {
    precondition(outputs.lowerBound >= lookback, "outputs \(outputs) after \(lookback) inputs")
    let range = outputs.lowerBound - lookback..<outputs.upperBound
    self.pair = AlignedPair(
      dry: Array(pair.dry[range]), wet: Array(pair.wet[range]), sampleRate: pair.sampleRate, path: pair.path)
    (self.lookback, self.preEmphasis) = (lookback, Float(preEmphasis))
  }

  /// Reads the files of a run.
  ///
  /// - Returns: nil where there are none.
  /// - Throws: `PairFault`, `AudioFault`, `FileFault.cannotRead`.
  package init?(folder: String, lookback: Int, preEmphasis: Double) throws {
    let (dry, wet) = (folder + "/" + Self.dryName, folder + "/" + Self.wetName)
    guard Folder.hasFile(dry), Folder.hasFile(wet) else { return nil }
    let recordings = try RecordingPair(dry: dry, wet: wet)
    let count = min(recordings.dry.samples.count, recordings.wet.samples.count)
    if count <= lookback {
      throw PairFault.tooShort(
        path: wet, seconds: recordings.seconds(count), needed: recordings.seconds(lookback + 1))
    }
    let pair = AlignedPair(
      dry: Array(recordings.dry.samples.prefix(count)), wet: Array(recordings.wet.samples.prefix(count)),
      sampleRate: recordings.sampleRate, path: wet)
    self.init(pair, outputs: lookback..<count, lookback: lookback, preEmphasis: preEmphasis)
  }

  /// Writes the files of a run, in place of earlier ones.
  ///
  /// - Throws: `FileFault`, `AudioFault`.
  package func write(toFolder folder: String) throws {
    try Folder.create(folder)
    for (name, samples) in [(Self.dryName, pair.dry), (Self.wetName, pair.wet)] {
      try AudioWriter.write(
        Waveform(samples, sampleRate: pair.sampleRate), to: folder + "/" + name,
        encoding: AudioEncoding(.wav, .float32), existing: .replace)
    }
  }

  /// What went into the box, without what is before it.
  package var dry: Waveform { Waveform(Array(pair.dry[lookback...]), sampleRate: pair.sampleRate) }

  /// What came out.
  package var wet: Waveform { Waveform(Array(pair.wet[lookback...]), sampleRate: pair.sampleRate) }

  /// What the engine plays.
  package func played(by model: AmplifierModel) -> Waveform {
    Waveform(Array(AmplifierProcessor(model).process(pair.dry)[lookback...]), sampleRate: pair.sampleRate)
  }

  /// The error-to-signal ratios without and with pre-emphasis of what the engine plays.
  package func ratios(of model: AmplifierModel) -> [Double] { ratios(of: played(by: model)) }

  /// The same of a sound.
  package func ratios(of sound: Waveform) -> [Double] {
    let (samples, wet) = (sound.channels[0], wet.channels[0])
    func emphasized(_ samples: [Float]) -> [Float] {
      Tensor([1, samples.count], samples).preEmphasized(preEmphasis).elements
    }
    return [SquaredErrors(samples, wet).ratio, SquaredErrors(emphasized(samples), emphasized(wet)).ratio]
  }
}
