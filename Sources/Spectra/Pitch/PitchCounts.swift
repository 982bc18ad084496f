import KodamaCore

/// The voiced frames of a set of sounds, counted by pitch, and the notes that they make.
public struct PitchCounts: Sendable, Equatable, Codable {
  /// Samples per second of the sounds, in Hz.
  public let sampleRate: Int
  /// The number of unvoiced frames.
  public private(set) var unvoiced = 0
  /// The number of voiced frames at each pitch, in steps of 10 cents from 65.4 Hz (C2).
  public private(set) var counts: [Int]

  /// The maximum distance of a frame from its note, in steps of 10 cents.
  private static let reach = 3
  /// The minimum share of the voiced frames of a note.
  private static let smallestPart = 0.01

  /// Counts of no sounds.
  ///
  /// - Precondition: a rate of at least 200 Hz.
  public init(sampleRate: Int) {
    self.sampleRate = sampleRate
    counts = [Int](repeating: 0, count: PitchScale(YIN(sampleRate: sampleRate)).count)
  }

  /// Adds the frames of a track.
  ///
  /// - Precondition: one sample rate.
  public mutating func add(_ track: PitchTrack) {
    precondition(track.sampleRate == sampleRate, "a track at \(track.sampleRate) Hz to pitches at \(sampleRate) Hz")
    let scale = PitchScale(YIN(sampleRate: sampleRate))
    for (frequency, isVoiced) in zip(track.frequencies, track.isVoiced) {
      if isVoiced, let bin = scale.bin(of: frequency) { counts[bin] += 1 } else { unvoiced += 1 }
    }
  }

  /// Adds the frames of other sounds.
  ///
  /// - Precondition: one sample rate.
  public mutating func add(_ other: PitchCounts) {
    precondition(other.sampleRate == sampleRate, "pitches at \(other.sampleRate) Hz to pitches at \(sampleRate) Hz")
    unvoiced += other.unvoiced
    for bin in counts.indices { counts[bin] += other.counts[bin] }
  }

  /// The number of voiced frames.
  public var voiced: Int { counts.reduce(0, +) }

  /// The notes, in steps of 10 cents from 65.4 Hz, in rising order.
  ///
  /// The window of 70 cents with the most voiced frames is a note, whose pitch is their median; further notes are found
  /// likewise after removing its frames, as long as they have 1 % of all voiced frames.
  public var notes: [Int] {
    let least = max(1, Self.smallestPart * Double(voiced))
    var rest = counts
    var notes: [Int] = []
    while true {
      let window = Self.fullestWindow(of: rest)
      let frames = rest[window].reduce(0, +)
      if Double(frames) < least { return notes.sorted() }
      var below = 0
      for bin in window {
        below += rest[bin]
        if 2 * below >= frames {
          notes.append(bin)
          break
        }
      }
      for bin in window { rest[bin] = 0 }
    }
  }

  /// The share of the voiced frames within 30 cents of a note, in percent.
  ///
  /// - Precondition: there are voiced frames.
  public func percent(near notes: [Int]) -> Double {
    precondition(voiced > 0, "the tuning of no voiced frames")
    let near = counts.indices.filter { bin in notes.contains { abs($0 - bin) <= Self.reach } }
    return 100 * Double(near.reduce(0) { $0 + counts[$1] }) / Double(voiced)
  }

  /// The first window of 70 cents with the most frames.
  private static func fullestWindow(of counts: [Int]) -> Range<Int> {
    let width = 2 * reach + 1
    var sum = counts[..<width].reduce(0, +)
    var (largest, start) = (sum, 0)
    for first in 1...counts.count - width {
      sum += counts[first + width - 1] - counts[first - 1]
      if sum > largest { (largest, start) = (sum, first) }
    }
    return start..<start + width
  }
}

/// The share of frames on the notes of the references, by pYIN.
public enum Tuning: SetMeasurement {
  /// The metric `in-tune`.
  public static let metric = Metric(
    name: "in-tune", title: "share of voiced frames on a note of the reference", unit: "%", direction: .higherIsBetter,
    scope: .sets,
    definition:
      "100 (voiced frames within 30 cents of a note of the reference) / voiced frames; a note is the median of the "
      + "70 cents in a row that hold the most voiced frames of the reference, without those of other notes, and at least "
      + "1 % of them all; " + PYIN.conventions,
    source: PYIN.source)
  static let metrics = [metric]
  static let needsHigherRate = "pitch needs a sample rate of \(YIN.lowestSampleRate) Hz"

  /// The pitches of a set; nil where the rate is too low.
  static func summary(of source: any SampleSource, workers: Workers) throws -> PitchCounts? {
    if source.sampleRate < YIN.lowestSampleRate { return nil }
    var counts = PitchCounts(sampleRate: source.sampleRate)
    if source.frames == 0 { return counts }
    for track in try PYIN(sampleRate: source.sampleRate).tracks(of: source, workers: workers) { counts.add(track) }
    return counts
  }

  static func add(_ other: PitchCounts?, to summary: inout PitchCounts?) {
    if let other { summary?.add(other) }
  }

  static func compare(reference: PitchCounts?, generated: PitchCounts?) -> [Score] {
    guard let reference, let generated else {
      return [.undefined(reason: needsHigherRate)]
    }
    for (side, counts) in [("the reference", reference), ("the generated sound", generated)] {
      if counts.voiced + counts.unvoiced == 0 { return [.noSamples] }
      if counts.voiced == 0 { return [.undefined(reason: "no frame of \(side) is voiced")] }
    }
    return [.value(generated.percent(near: reference.notes))]
  }
}

/// The share of a sound that is voiced, by pYIN.
public enum VoicedShare: SoundMeasurement {
  /// The metric `voiced-share`.
  public static let metric = Metric(
    name: "voiced-share", title: "share of voiced frames", unit: "%", direction: .neither, scope: .sounds,
    definition: "100 (voiced frames) / frames, of all channels; " + PYIN.conventions, source: PYIN.source)
  static let metrics = [metric]

  static func measure(_ sound: any SampleSource, workers: Workers) throws -> [Score] {
    if sound.frames == 0 { return [.noSamples] }
    if sound.sampleRate < YIN.lowestSampleRate {
      return [.undefined(reason: YIN.needsHigherRate(than: sound.sampleRate))]
    }
    let voicing = try PYIN(sampleRate: sound.sampleRate).tracks(of: sound, workers: workers).flatMap(\.isVoiced)
    return [.value(100 * Double(voicing.count { $0 }) / Double(voicing.count))]
  }
}
