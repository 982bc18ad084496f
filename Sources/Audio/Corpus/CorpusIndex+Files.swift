import KodamaCore

extension CorpusIndex {
  /// Measures single files, several in parallel: an index of one entry for each, in the given order.
  ///
  /// A file has no label from its folders. A list of labels is searched for its path as given, and a pattern with a "/"
  /// is matched with that path.
  ///
  /// - Throws: `FileFault.cannotRead`; the `AudioFault` of the first unusable file; where strict, that of the first
  ///   warning; `AudioFault.badLabels`, `.escapingPath` for a list that cannot be read.
  public static func scan(
    files: [String], labels: CorpusLabels = .folders, options: RecordingOptions = RecordingOptions(),
    strict: Bool = false, workers: Workers = .all
  ) throws -> [CorpusIndex] {
    let table = try labels.table()
    let find: (String) -> [String: String] =
      if case .pattern(let pattern) = labels { try pattern.finder() } else {
        { _ in [:] }
      }
    let outcomes = workers.map(parts: files.count) { i in
      Result { () throws -> CorpusIndex in
        let (path, folder) = (files[i], PathText.folder(files[i]) ?? ".")
        let entry = try CorpusEntry(path: PathText.name(path), in: folder, status: FileStatus(path), options: options)
        if strict, let warning = entry.warnings.first { throw AudioFault.strict(path: path, warning: warning) }
        return CorpusIndex(folder: folder, options: options, entries: [entry], failures: [], ignored: [])
      }
    }
    return try zip(files, outcomes).map { path, outcome in
      var entry = try outcome.get().entries[0]
      let listed = PathText.parts(path).filter { $0 != "." }.joined(separator: "/")
      entry.labels = table.map { $0[PathBytes(listed)] ?? [:] } ?? find(path)
      return CorpusIndex(
        folder: try outcome.get().folder, options: options, entries: [entry], failures: [], ignored: [])
    }
  }
}
