import Foundation
import KodamaCore
import KodamaSignal
import Synchronization

/// A corpus for a first run, synthesized: a folder for each instrument of its kind, with pieces in 16-bit WAV files of
/// about eight seconds at 16 kHz.
///
/// The same kind, minutes and seed make the same bytes.
public struct DemoCorpus: Sendable, Equatable {
  /// The sample rate in Hz.
  public static let sampleRate = 16_000
  /// The valid lengths in minutes.
  public static let possibleMinutes = 0.05...6_000.0
  /// The name of the empty file that marks a folder as a demo corpus, so that it may be replaced.
  static let markName = ".kodama-demo-corpus"
  /// The kind of music.
  public let kind: Kind
  /// The length of all files together, in minutes.
  public let minutes: Double
  /// The seed of its random numbers.
  public let seed: UInt64

  /// - Precondition: `minutes` lies in `possibleMinutes`.
  public init(_ kind: Kind = .flute, minutes: Double = 6, seed: UInt64 = 1) {
    precondition(Self.possibleMinutes.contains(minutes), "a demo corpus has 0.05 to 6,000 minutes, not \(minutes)")
    self.kind = kind
    self.minutes = minutes
    self.seed = seed
  }

  /// The number of files, at least one of each instrument.
  public var fileCount: Int { max(kind.instruments.count, Int((minutes * 60 / 8).rounded())) }

  /// The path of a file in the corpus's folder, such as "flute/000.wav".
  public func path(of file: Int) -> String {
    let instruments = kind.instruments
    let number = String(file / instruments.count)
    let padding = String(repeating: "0", count: max(0, 3 - number.count))
    return "\(instruments[file % instruments.count].name)/\(padding)\(number).wav"
  }

  /// The sound of a file.
  public func waveform(of file: Int) -> Waveform {
    let rate = Self.sampleRate
    let instruments = kind.instruments
    let range = Workers.range(of: file, parts: fileCount, count: Int(minutes * 60 * Double(rate)))
    var generator = Philox(seed: seed, stream: UInt64(file))
    let piece = instruments[file % instruments.count].piece(
      count: range.count, sampleRate: rate, generator: &generator)
    return Waveform(Self.finished(piece), sampleRate: rate)
  }

  /// Writes the corpus's files, several at once.
  ///
  /// - Parameters:
  ///   - existing: whether a non-empty folder is an error. If it is replaced, files of an earlier demo corpus are
  ///     removed and others stay. A non-empty folder that is not a demo corpus is always an error.
  ///   - progress: called from any thread with the number of files done and their total.
  /// - Throws: `FileFault.exists`, `.cannotCreate`, `.cannotWrite`.
  public func write(
    to folder: String, existing: AtomicFile.Existing, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    try prepare(folder, existing: existing)
    let failure = Locked<(file: Int, error: any Error)?>(nil)
    let done = Atomic<Int>(0)
    workers.forEach(parts: fileCount) { file in
      if failure.withLock({ $0 != nil }) { return }
      do {
        try AudioWriter.write(waveform(of: file), to: folder + "/" + path(of: file), existing: .replace)
      } catch {
        failure.withLock { if file < $0?.file ?? .max { $0 = (file, error) } }
      }
      progress(done.wrappingAdd(1, ordering: .relaxed).newValue, fileCount)
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// Creates the folders, and removes the files of an earlier demo corpus.
  private func prepare(_ folder: String, existing: AtomicFile.Existing) throws {
    if folder.isEmpty { throw FileFault.cannotCreate(path: folder, reason: "the name is empty") }
    let files = FileManager.default
    let present = (try? files.contentsOfDirectory(atPath: folder)) ?? []
    let isOther = !present.isEmpty && !present.contains(Self.markName)
    let isFile = files.fileExists(atPath: folder) && !isFolder(folder)
    if isOther || isFile || (existing == .refuse && !present.isEmpty) { throw FileFault.exists(path: folder) }
    try Folder.create(folder)
    try AtomicFile.write(to: folder + "/" + Self.markName, existing: .replace) { try $0.write([UInt8]()) }
    let played = Set(kind.instruments.map(\.name))
    // Of every kind, as the earlier corpus may have been of another.
    for name in Kind.allCases.flatMap({ $0.instruments.map(\.name) }) {
      try prepareInstrument(folder + "/" + name, isPlayed: played.contains(name))
    }
  }

  /// Removes the numbered files of an instrument, and its folder where it is no longer played and the folder is empty.
  private func prepareInstrument(_ path: String, isPlayed: Bool) throws {
    let files = FileManager.default
    let type = (try? files.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    // The target of a link does not belong to this corpus.
    if let type, type != .typeDirectory { throw FileFault.exists(path: path) }
    if type == nil && !isPlayed { return }
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
      for name in try files.contentsOfDirectory(atPath: path) where name.wholeMatch(of: /[0-9]{3,}\.wav/) != nil {
        try files.removeItem(atPath: path + "/" + name)
      }
    } catch {
      throw FileFault.cannotCreate(path: path, reason: error.localizedDescription)
    }
    if !isPlayed { rmdir(path) }
  }

  private func isFolder(_ path: String) -> Bool { (try? FileStatus(path).isFolder) ?? false }

  /// Brings a signal to a peak of 0.7 and fades its last 20 ms.
  private static func finished(_ signal: [Double]) -> [Float] {
    let peak = signal.reduce(0) { max($0, abs($1)) }
    let scale = peak > 0 ? 0.7 / peak : 0
    let fade = sampleRate / 50
    return signal.enumerated().map { i, x in Float(x * scale * min(1, Double(signal.count - i) / Double(fade))) }
  }
}

extension DemoCorpus {
  /// The kinds of demo corpora.
  public enum Kind: String, Sendable, CaseIterable {
    /// One voice: sustained notes of a pentatonic scale, blown, with breath and vibrato.
    case flute
    /// Plucked strings that ring and die away: melodies and chords of three instruments.
    case strings

    var instruments: [any DemoInstrument] {
      switch self {
      case .flute: [FluteInstrument.bamboo]
      case .strings: [StringInstrument.koto, StringInstrument.harp, StringInstrument.bass]
      }
    }
  }
}
