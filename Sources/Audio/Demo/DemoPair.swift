import Foundation
import KodamaCore
import KodamaSignal

/// A pair of recordings for training a model of an amplifier, synthesized: `dry.wav`, a guitar of plucked strings, and
/// `wet.wav`, the same through `DemoAmplifier`, of one channel of 24 bits at 48 kHz.
///
/// The dry recording starts with two clicks at 0.5 and 1.5 s, by which the latency can be measured; from 2.5 s on it is music
/// in phrases of six seconds, each at another loudness, with 0.2 s between them. The same minutes and seed make the same
/// bytes.
public struct DemoPair: Sendable, Equatable {
  /// The sample rate in Hz.
  public static let sampleRate = 48_000
  /// The valid lengths in minutes.
  public static let possibleMinutes = 0.25...600.0
  /// The names of the two files.
  public static let names = (dry: "dry.wav", wet: "wet.wav")

  /// The length in minutes.
  public let minutes: Double
  /// The seed of its random numbers.
  public let seed: UInt64
  /// The box.
  public let amplifier: DemoAmplifier

  /// The first samples of the two clicks.
  public static let clicks = [sampleRate / 2, sampleRate * 3 / 2]
  private static let musicStart = sampleRate * 5 / 2
  private static let phraseSeconds = 6.0
  private static let pauseSeconds = 0.2

  /// - Precondition: `minutes` lies in `possibleMinutes`.
  public init(minutes: Double = 3, seed: UInt64 = 1, amplifier: DemoAmplifier = DemoAmplifier(latency: 240)) {
    precondition(Self.possibleMinutes.contains(minutes), "a demo pair has 0.25 to 600 minutes, not \(minutes)")
    (self.minutes, self.seed, self.amplifier) = (minutes, seed, amplifier)
  }

  /// What goes into the amplifier.
  public func dry(workers: Workers = .all) -> [Float] {
    let rate = Self.sampleRate
    var samples = [Float](repeating: 0, count: Int(minutes * 60 * Double(rate)))
    for click in Self.clicks { samples[click] = 0.9 }
    let length = Int(Self.phraseSeconds * Double(rate))
    let starts = Array(stride(from: Self.musicStart, to: samples.count, by: length))
    let (seed, pause) = (seed, Int(Self.pauseSeconds * Double(rate)))
    let phrases = workers.map(parts: starts.count) { index in
      var generator = Philox(seed: seed, stream: UInt64(index))
      // From soft to loud, in an order without a pattern.
      let peak = 0.12 + 0.68 * generator.uniform()
      return Self.finished(
        StringInstrument.guitar.piece(count: length - pause, sampleRate: rate, generator: &generator), peak: peak)
    }
    for (start, phrase) in zip(starts, phrases) {
      for (offset, sample) in phrase.prefix(samples.count - start).enumerated() { samples[start + offset] = sample }
    }
    return samples
  }

  /// What comes out of it, as many samples: those of its latency are missing at the end.
  public func wet(of dry: [Float]) -> [Float] { amplifier.process(dry, sampleRate: Self.sampleRate) }

  /// Writes both files into a folder, which is made where there is none.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`, `.cannotWrite`.
  public func write(to folder: String, existing: AtomicFile.Existing, workers: Workers = .all) throws {
    if folder.isEmpty { throw FileFault.cannotCreate(path: folder, reason: "the name is empty") }
    try Folder.create(folder)
    let paths = [Self.names.dry, Self.names.wet].map { folder + "/" + $0 }
    for path in paths { try AtomicFile.check(path, existing: existing) }
    let dry = dry(workers: workers).map(Self.rounded)
    for (path, samples) in zip(paths, [dry, wet(of: dry)]) {
      try AudioWriter.write(
        Waveform(samples, sampleRate: Self.sampleRate), to: path, encoding: AudioEncoding(.wav, .pcm24),
        existing: existing)
    }
  }

  /// The sample as 24 bits keep it, so that the amplifier takes what is in the file.
  private static func rounded(_ sample: Float) -> Float { (sample * 8_388_608).rounded() / 8_388_608 }

  /// Brings a phrase to a peak and fades its last 20 ms.
  private static func finished(_ signal: [Double], peak: Double) -> [Float] {
    let largest = signal.reduce(0) { max($0, abs($1)) }
    let scale = largest > 0 ? peak / largest : 0
    let fade = sampleRate / 50
    return signal.enumerated().map { i, x in Float(x * scale * min(1, Double(signal.count - i) / Double(fade))) }
  }
}

extension StringInstrument {
  /// An electric guitar, plucked near the bridge: melodies over chords of two notes, without a body.
  static let guitar = StringInstrument(
    name: "guitar",
    string: PluckedString(pluckPosition: 0.18, damping: 0.3, decaySeconds: 5, softness: 0.6),
    body: [], part: StringScore.Part(lowestNote: 45, range: 14, chordNotes: 2))
}
