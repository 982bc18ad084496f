import Foundation
import KodamaAudio
import KodamaCore

/// Warnings about the recordings that a job uses.
enum CorpusRemarks {
  /// A line for each kind of remark, with the number of files and the first of them.
  ///
  /// - Parameters:
  ///   - index: the index of a folder.
  ///   - recordings: the used recordings, in one part or several.
  ///   - nameless: files that are skipped because their output has no valid name.
  static func list(
    _ index: CorpusIndex, _ recordings: [Recordings], nameless: [CorpusFailure] = []
  ) -> [String] {
    let items = recordings.flatMap(\.items).sorted { PathBytes($0.path) < PathBytes($1.path) }
    var lines = [
      line("unusable file left out", "unusable files left out", (index.failures + nameless).map(\.reason)),
      line("file with faults", "files with faults", index.entries.filter { !$0.warnings.isEmpty }.map(faults(of:))),
      line(
        "empty or silent file left out", "empty or silent files left out",
        index.silent.map { entry in
          "\(entry.path): "
            + (entry.frames == 0
              ? "no samples"
              : "peak \(Decibels.text(entry.peak)), and silence is what is below \(Decibels.text(index.options.silence))")
        }),
      line(
        "file left out that is silent but for what is trimmed",
        "files left out that are silent but for what is trimmed",
        recordings.flatMap(\.skipped).map { "\($0.path): \($0.reason)" }),
    ]
    lines.append(fullScale(index))
    if let rate = recordings.first?.sampleRate {
      // A divided file is counted once.
      var seen = Set<PathBytes>()
      let converted = items.filter {
        ($0.fileSampleRate != rate || $0.fileChannels > 1) && seen.insert(PathBytes($0.path)).inserted
      }
      lines.append(
        line("file converted to \(rate) Hz mono", "files converted to \(rate) Hz mono", converted.map(\.path)))
    }
    let trimmed = items.filter { $0.trimmedSeconds > 0 }
    let seconds = String(format: "%.1f", trimmed.reduce(0) { $0 + $1.trimmedSeconds })
    lines.append(
      line(
        "file lost silence at its ends, \(seconds) s in all", "files lost silence at their ends, \(seconds) s in all",
        trimmed.map(\.path)))
    return lines.compactMap { $0 }
  }

  /// All warnings about a file.
  private static func faults(of entry: CorpusEntry) -> String {
    entry.warnings.map { "\(entry.path): \($0)" }.joined(separator: "; ")
  }

  /// The files that exceed full scale, where samples are clipped, and the remedy.
  private static func fullScale(_ index: CorpusIndex) -> String? {
    let loud = index.entries.filter { $0.peak > 1 }
    guard let peak = loud.map(\.peak).max() else { return nil }
    let decibels = Decibels.text(peak)
    let gain = String(format: "%.3g", 1 / Double(peak))
    let remedy = "clipped there; a gain of -\(decibels) (\(gain) times) before avoids it"
    return line(
      "file exceeds full scale, by \(decibels), and is \(remedy)",
      "files exceed full scale, by up to \(decibels), and are \(remedy)", loud.map(\.path))
  }

  private static func line(_ one: String, _ others: String, _ items: [String]) -> String? {
    if items.isEmpty { return nil }
    let shown = items.prefix(3).joined(separator: "; ")
    return
      "\(Plural.text(items.count, one, others)): \(shown)\(items.count > 3 ? "; … (kodama corpus inspect lists all)" : "")"
  }
}

extension CorpusIndex {
  /// The files without sound: empty or silent.
  fileprivate var silent: [CorpusEntry] { entries.filter { $0.frames == 0 || $0.isSilent } }
}
