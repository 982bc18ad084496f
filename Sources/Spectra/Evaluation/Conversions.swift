import KodamaCore
import KodamaSignal

/// Conversions of sounds before they are compared. By default, none.
public struct Conversions: Sendable {
  /// Converts a sound to another sample rate, in Hz.
  public typealias Resampling = @Sendable (_ source: any SampleSource, _ sampleRate: Int) throws -> any SampleSource

  /// The treatment of pairs whose lengths differ; nil for an error.
  public var alignment: Alignment?
  /// Whether every sound is mixed down to the mean of its channels.
  public var mixesDown: Bool
  /// Converts every sound to one rate; nil for an error where rates differ.
  public var resampling: Resampling?
  /// The rate to which sounds are converted.
  public var rate: ComparisonRate

  /// - Parameters:
  ///   - alignment: the treatment of pairs whose lengths differ.
  ///   - mixesDown: whether every sound is mixed down to one channel.
  ///   - rate: the rate to which sounds are converted.
  ///   - resampling: converts every sound to that rate.
  public init(
    alignment: Alignment? = nil, mixesDown: Bool = false, rate: ComparisonRate = .reference,
    resampling: Resampling? = nil
  ) {
    self.alignment = alignment
    self.mixesDown = mixesDown
    self.rate = rate
    self.resampling = resampling
  }

  /// The sample rate at which sounds are compared, in Hz: that of the first one where nothing is converted.
  ///
  /// - Parameters:
  ///   - sounds: all compared sounds, a reference first.
  ///   - first: the first of them, where it is open.
  /// - Throws: errors of opening sounds.
  package func sampleRate(of sounds: [Sound], first: (any SampleSource)? = nil) throws -> Int {
    precondition(!sounds.isEmpty, "the rate of no sounds")
    let rate = resampling == nil ? .reference : rate
    if case .hertz(let rate) = rate { return rate }
    let firstRate = try (first ?? sounds[0].open()).sampleRate
    return rate == .reference
      ? firstRate : try sounds.dropFirst().reduce(firstRate) { min($0, try $1.open().sampleRate) }
  }

  /// A sound with the rate and the channels for the comparison, and the conversions that were applied.
  package func apply(
    to source: any SampleSource, sampleRate: Int
  ) throws -> (source: any SampleSource, notes: [String]) {
    var (source, notes) = (source, [String]())
    if mixesDown && source.channelCount > 1 {
      notes.append("\(source.label): mixed down from \(source.channelCount) channels")
      source = MixedDown(base: source)
    }
    if let resampling, source.sampleRate != sampleRate {
      notes.append("\(source.label): converted from \(source.sampleRate) to \(sampleRate) Hz")
      source = NamedSource(label: source.label, base: try resampling(source, sampleRate))
    }
    return (source, notes)
  }

  /// A pair of sounds of equal length, and the conversions that were applied; unchanged where the alignment does not
  /// change lengths.
  func aligned(
    _ first: any SampleSource, _ second: any SampleSource
  ) -> (first: any SampleSource, second: any SampleSource, notes: [String]) {
    if first.frames == second.frames { return (first, second, []) }
    let (shortest, longest) = (min(first.frames, second.frames), max(first.frames, second.frames))
    func note(_ source: any SampleSource, _ frames: Int, _ verb: String) -> [String] {
      source.frames == frames
        ? [] : ["\(source.label): \(verb) from \(source.frames) to \(Plural.text(frames, "sample"))"]
    }
    switch alignment {
    case nil, .dtw: return (first, second, [])
    case .trim:
      let notes = note(first, shortest, "cut") + note(second, shortest, "cut")
      return (Resized(base: first, frames: shortest), Resized(base: second, frames: shortest), notes)
    case .pad:
      let notes = note(first, longest, "padded") + note(second, longest, "padded")
      return (Resized(base: first, frames: longest), Resized(base: second, frames: longest), notes)
    }
  }
}

/// The mean of a source's channels.
private struct MixedDown: SampleSource {
  let base: any SampleSource

  var label: String { base.label }
  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { 1 }
  var frames: Int { base.frames }

  func samples(in range: Range<Int>) throws -> [[Float]] {
    [Waveform(channels: try base.samples(in: range), sampleRate: sampleRate).mono]
  }
}

/// The start of a source, or a source followed by silence.
private struct Resized: SampleSource {
  let base: any SampleSource
  let frames: Int

  var label: String { base.label }
  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }

  func samples(in range: Range<Int>) throws -> [[Float]] {
    let inside = min(range.lowerBound, base.frames)..<min(range.upperBound, base.frames)
    let silence = [Float](repeating: 0, count: range.count - inside.count)
    return try base.samples(in: inside).map { $0 + silence }
  }
}

/// The rate to which sounds are converted before they are compared.
public enum ComparisonRate: Sendable, Equatable {
  /// The rate of the first reference.
  case reference
  /// The lowest rate of all compared sounds: none gets frequencies that it does not have.
  case lowest
  /// A rate in Hz.
  case hertz(Int)
}

/// The treatment of a pair of sounds whose lengths differ.
public enum Alignment: String, Sendable, Codable, CaseIterable {
  /// The longer sound is cut to the length of the shorter.
  case trim
  /// The shorter sound is padded with zeros at its end.
  case pad
  /// Frames are matched by dynamic time warping in the metrics that support it; those that compare sample by sample are
  /// undefined.
  case dtw
}
