import Foundation
import KodamaCore
import KodamaSignal

/// The recordings of a corpus as the input of a model: mono, at one rate, optionally pre-emphasized, read on demand
/// from any thread.
///
/// Files are read in pages of 32,768 samples with a cache of recently used ones; the samples are a function of the file
/// alone, bit for bit, whatever was read before.
public final class Recordings: Sendable {
  /// A file of the index that is not used.
  public struct Skipped: Sendable, Equatable, Codable {
    /// The path relative to the corpus's folder.
    public let path: String
    /// Why it was left out.
    public let reason: String
  }

  /// The corpus's folder.
  public let folder: String
  /// The downmix and the silence threshold.
  public let options: RecordingOptions
  /// The model's rate in Hz.
  public let sampleRate: Int
  /// The recordings, in order of their paths; of a divided file each part.
  public let items: [Recording]
  /// The files left out: empty or silent.
  public let skipped: [Skipped]
  /// The coefficient of the pre-emphasis applied to all samples; 0 for none.
  public let preemphasis: Double
  private let cache: PageCache

  private static let pageFrames = 32_768

  /// The usable files of an index.
  ///
  /// - Parameters:
  ///   - sampleRate: the model's rate in Hz; the corpus's `modelSampleRate` where nil.
  ///   - trimming: trims silence at both ends, which reads all files once; nil for none.
  ///   - preemphasis: the coefficient of a pre-emphasis that restarts with each recording; 0 for none.
  ///   - cacheBytes: the size of the cache of pages.
  /// - Throws: `AudioFault.noUsableAudio` where no recording is left; with trimming also `FileFault` and other
  ///   `AudioFault`s.
  public init(
    _ index: CorpusIndex, sampleRate: Int? = nil, trimming: SilenceTrimming? = nil, preemphasis: Double = 0,
    cacheBytes: Int = 256 << 20, workers: Workers = .all
  ) throws {
    let rate = sampleRate ?? index.modelSampleRate
    precondition(rate > 0, "the model's sample rate must be positive, not \(rate) Hz")
    let outcomes = Locked([Result<Range<Int>?, any Error>?](repeating: nil, count: index.entries.count))
    workers.forEach(parts: index.entries.count) { i in
      let entry = index.entries[i]
      let range = Result { () throws -> Range<Int>? in
        if entry.isSilent { return nil }
        return try trimming.map { try $0.keptRange(of: entry, in: index.folder, channel: index.options.channel) }
          ?? 0..<entry.frames
      }
      outcomes.withLock { $0[i] = range }
    }

    var items: [Recording] = []
    var skipped: [Skipped] = []
    for (entry, outcome) in zip(index.entries, outcomes.withLock { $0 }) {
      let kept = try outcome!.get()
      let found = (entry.parts ?? [0..<entry.frames]).compactMap { part in
        kept.map { Recording(entry, part: part, used: $0.clamped(to: part), sampleRate: rate) }
      }.filter { $0.frames > 0 }
      items += found
      if found.isEmpty {
        let silence = entry.isSilent ? index.options.silence : trimming?.thresholdDecibels ?? index.options.silence
        skipped.append(Skipped(path: entry.path, reason: Self.reason(entry, silence: silence)))
      }
    }
    if items.isEmpty {
      throw AudioFault.noUsableAudio(folder: index.folder, reason: Self.reason(index, skipped, trimming))
    }
    self.items = items
    self.skipped = skipped
    self.sampleRate = rate
    self.preemphasis = preemphasis
    folder = index.folder
    options = index.options
    cache = PageCache(capacity: cacheBytes)
  }

  /// Why a file is left out.
  private static func reason(_ entry: CorpusEntry, silence: Double) -> String {
    if entry.frames == 0 { return "no samples" }
    if entry.peak == 0 { return "all silent" }
    return "all silent: its peak is \(Decibels.text(entry.peak)), silence is what is below \(Decibels.text(silence))"
  }

  /// Why no recording is left, and what to do.
  private static func reason(_ index: CorpusIndex, _ skipped: [Skipped], _ trimming: SilenceTrimming?) -> String {
    if skipped.isEmpty { return index.failures.first.map(\.reason) ?? "no files" }
    let count = skipped.count == 1 ? "the only file is" : "all \(skipped.count) files are"
    if let first = index.entries.first(where: { $0.isSilent && $0.warnings.contains(.channelsCancel) }) {
      return "\(count) empty or silent, and the channels of \(first.path) cancel; take one of them alone, left or right"
    }
    guard let loudest = index.entries.max(by: { $0.peak < $1.peak }), loudest.peak > 0 else {
      return "\(count) empty or silent: no sample is other than zero"
    }
    let isTrimmed = index.entries.contains { $0.frames > 0 && !$0.isSilent }
    let silence = isTrimmed ? trimming?.thresholdDecibels ?? index.options.silence : index.options.silence
    // Well below the peak, so that decays are kept.
    let below = max(RecordingOptions.silenceRange.lowerBound, (20 * log10(Double(loudest.peak)) - 30).rounded(.down))
    return "\(count) empty or silent: the peak of the loudest, \(loudest.path), is \(Decibels.text(loudest.peak)), and "
      + "\(isTrimmed ? "what is trimmed" : "silence") is what is below \(Decibels.text(silence)); lower that level, such as to "
      + "\(Decibels.text(below))"
  }

  private init(_ recordings: Recordings, preemphasis: Double, cacheBytes: Int) {
    (folder, sampleRate) = (recordings.folder, recordings.sampleRate)
    (items, skipped, options) = (recordings.items, recordings.skipped, recordings.options)
    self.preemphasis = preemphasis
    cache = PageCache(capacity: cacheBytes)
  }

  /// The same recordings without pre-emphasis.
  public var withoutPreemphasis: Recordings {
    preemphasis == 0 ? self : Recordings(self, preemphasis: 0, cacheBytes: 64 << 20)
  }

  /// The number of recordings.
  public var count: Int { items.count }

  /// Samples of one recording, at the model's rate.
  public func frames(of recording: Int) -> Int { items[recording].frames }

  /// Samples of all recordings, at the model's rate.
  public var totalFrames: Int { items.reduce(0) { $0 + $1.frames } }

  /// Seconds of silence trimmed from all recordings.
  public var trimmedSeconds: Double { items.reduce(0) { $0 + $1.trimmedSeconds } }

  /// Samples `range` of a recording at the model's rate: one channel, converted.
  ///
  /// - Precondition: `range` lies in 0..<frames(of: recording).
  /// - Throws: `FileFault.cannotRead`, `AudioFault`; `.changed` where the file no longer matches the index.
  public func read(_ recording: Int, _ range: Range<Int>) throws -> [Float] {
    let frames = items[recording].frames
    precondition(
      range.lowerBound >= 0 && range.upperBound <= frames, "samples \(range) are outside a recording of \(frames)")
    var samples: [Float] = []
    samples.reserveCapacity(range.count)
    var position = range.lowerBound
    while position < range.upperBound {
      let page = position / Self.pageFrames
      let start = page * Self.pageFrames
      let end = min(range.upperBound, start + Self.pageFrames)
      samples += try self.page(page, of: recording)[position - start..<end - start]
      position = end
    }
    return samples
  }

  /// Streams a whole recording in blocks, in order, bitwise equal to `read`.
  ///
  /// - Throws: as `read`, and whatever `body` throws.
  public func forEachBlock(of recording: Int, _ body: ([Float]) throws -> Void) throws {
    let pages = (items[recording].frames + Self.pageFrames - 1) / Self.pageFrames
    for page in 0..<pages { try body(self.page(page, of: recording)) }
  }

  private func page(_ page: Int, of recording: Int) throws -> [Float] {
    try cache.page(PageCache.Key(recording: recording, page: page)) {
      let item = items[recording]
      let start = page * Self.pageFrames
      let end = min(start + Self.pageFrames, item.frames)
      // Pre-emphasis needs the previous sample.
      let before = preemphasis != 0 && start > 0 ? 1 : 0
      var samples = try RecordingPage.read(
        item, start - before..<end, in: folder, channel: options.channel, sampleRate: sampleRate)
      if preemphasis == 0 { return samples }
      var filter = PreEmphasis(preemphasis, previous: before == 1 ? samples.removeFirst() : 0)
      return filter.apply(samples)
    }
  }
}
