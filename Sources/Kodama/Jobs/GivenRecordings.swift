import KodamaAudio
import KodamaCore

/// The recordings that one argument of a job names: a file, or all usable files of a folder.
struct GivenRecordings {
  /// The folder of a corpus; nil for a file.
  private let folder: String?
  private let name: String
  let recordings: Recordings
  /// The file that standard input was read into, which lives as long as it is read.
  private let spool: SpoolFile?

  /// The number of remarks on single files that are shown.
  private static let shownRemarks = 5

  /// The path of a recording.
  func path(of recording: Int) -> String {
    folder.map { $0 + "/" + recordings.items[recording].path } ?? name
  }

  /// The recordings of files and folders.
  ///
  /// - Parameters:
  ///   - sources: files and folders; `-` for a file from standard input.
  ///   - labels: the source of known labels.
  ///   - options: how recordings are mixed down, and what counts as silence.
  ///   - sampleRate: the rate that they are converted to, in Hz.
  /// - Returns: them, and warnings about skipped, converted and unusable files.
  /// - Throws: `AudioFault`, `FileFault`.
  static func list(
    _ sources: [String], labels: CorpusLabels, options: RecordingOptions, sampleRate: Int, preemphasis: Double = 0,
    strict: Bool, workers: Workers
  ) throws -> (sources: [GivenRecordings], warnings: [String]) {
    let spool = try sources.contains("-") ? StandardInputFile.read() : nil
    let folders = sources.map(Folder.exists)
    let single = zip(sources, folders).filter { !$0.1 }.map { $0.0 == "-" ? spool?.path ?? $0.0 : $0.0 }
    var files = try CorpusIndex.scan(
      files: single, labels: labels, options: options, strict: strict, workers: workers)[...]
    var (parts, warnings, remarks) = ([GivenRecordings](), [String](), [String]())
    for (source, isFolder) in zip(sources, folders) {
      let index =
        try isFolder
        ? CorpusIndex.scan(source, labels: labels, options: options, strict: strict, workers: workers)
        : files.removeFirst()
      let recordings = try Recordings(
        index.sounding(), sampleRate: sampleRate, preemphasis: preemphasis, workers: workers)
      let own = CorpusRemarks.list(index, [recordings])
      if isFolder { warnings += own } else { remarks += own }
      parts.append(
        GivenRecordings(
          folder: isFolder ? Folder.trimmed(source) : nil, name: source == "-" ? StandardInputFile.name : source,
          recordings: recordings, spool: source == "-" ? spool : nil))
    }
    // Each file has a line of its own; many of them are equal.
    let more = remarks.count - shownRemarks
    return (
      parts, Array(remarks.prefix(shownRemarks)) + (more > 0 ? ["\(more) more remarks on files"] : []) + warnings
    )
  }
}
