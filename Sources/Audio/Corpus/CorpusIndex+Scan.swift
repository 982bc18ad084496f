import KodamaCore
import Synchronization

extension CorpusIndex {
  /// Scans a folder tree and measures every sound file in it, several in parallel; the result does not depend on how
  /// many. Files are read in blocks.
  ///
  /// - Parameters:
  ///   - options: the downmix that is applied before measuring, and the silence threshold.
  ///   - elsewhere: another folder that a list of labels also covers: each listed file is in one of the two.
  ///   - earlier: an earlier index with the same options; files whose size and modification time are unchanged are
  ///     taken from it instead of being read again.
  ///   - strict: whether an unusable file or a warning is an error.
  ///   - progress: called from any thread with the number of files done and their total.
  /// - Throws: `FileFault.cannotRead`; `AudioFault.noFiles` where no file looks like sound; `.badLabels`,
  ///   `.escapingPath`; where strict, the first file's fault.
  public static func scan(
    _ folder: String, labels: CorpusLabels = .folders, options: RecordingOptions = RecordingOptions(),
    elsewhere: String? = nil, reusing earlier: CorpusIndex? = nil,
    strict: Bool = false, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> CorpusIndex {
    let table = try labels.table()
    let find = try labels.finder()
    let walk = try FolderWalk(folder)
    func isListed(_ path: String) -> Bool { table.map { $0[PathBytes(path)] != nil } ?? true }
    let files = walk.files.filter { isListed($0.path) }
    if let table, case .csv(let list) = labels {
      let found = Set(walk.files.map { PathBytes($0.path) })
      let missing = table.keys.filter { path in
        !found.contains(path) && elsewhere.map { !AtomicFile.exists($0 + "/" + path.path) } ?? true
      }
      if let first = missing.min() {
        let location = elsewhere.map { "there, nor in \($0)" } ?? "there"
        throw FileFault.cannotRead(
          path: folder + "/" + first.path, reason: "\(list) lists it, but it is not \(location)")
      }
    }

    let reusable = earlier.flatMap { $0.options == options ? $0.entries : nil } ?? []
    let known = Dictionary(uniqueKeysWithValues: reusable.map { (PathBytes($0.path), $0) })
    let done = Atomic<Int>(0)
    let outcomes = workers.map(parts: files.count) { i in
      let outcome = examine(
        files[i].path, files[i].status, in: folder, options: options, known: known[PathBytes(files[i].path)])
      progress(done.wrappingAdd(1, ordering: .relaxed).newValue, files.count)
      return outcome
    }

    var entries: [CorpusEntry] = []
    var faults = walk.faults.filter { isListed($0.path) }.map { (path: $0.path, fault: $0.fault as any Fault) }
    var ignored: [String] = []
    for (file, outcome) in zip(files, outcomes) {
      switch outcome {
      case .usable(var entry):
        entry.labels = table?[PathBytes(file.path)] ?? find(file.path)
        entries.append(entry)
      case .unusable(let fault): faults.append((file.path, fault))
      case .notSound: ignored.append(file.path)
      }
    }
    faults.sort { PathBytes($0.path) < PathBytes($1.path) }
    if strict {
      if let first = faults.first { throw first.fault }
      for entry in entries {
        if let warning = entry.warnings.first {
          throw AudioFault.strict(path: folder + "/" + entry.path, warning: warning)
        }
      }
    }
    if entries.isEmpty && faults.isEmpty { throw AudioFault.noFiles(folder: folder) }
    let failures = faults.map { CorpusFailure(path: $0.path, reason: "\($0.fault)") }
    return CorpusIndex(
      folder: folder, options: options, entries: entries, failures: failures, ignored: ignored)
  }

  /// Throws where a corpus is no folder that can be read.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package static func check(_ folder: String) throws { try FolderWalk.check(folder) }

  /// The result of examining one file.
  private enum Outcome: Sendable {
    case usable(CorpusEntry)
    case unusable(any Fault)
    case notSound
  }

  private static func examine(
    _ path: String, _ status: FileStatus, in folder: String, options: RecordingOptions, known: CorpusEntry?
  ) -> Outcome {
    if let known, known.bytes == status.bytes, known.modificationTime == status.modificationTime {
      return .usable(known)
    }
    do {
      return .usable(try CorpusEntry(path: path, in: folder, status: status, options: options))
    } catch AudioFault.notAudio where !AudioFormat.isNameOfSound(path) {
      return .notSound
    } catch AudioFault.empty where !AudioFormat.isNameOfSound(path) {
      return .notSound
    } catch let fault as any Fault {
      return .unusable(fault)
    } catch {
      return .unusable(AudioFault.readFailed(path: path, reason: "\(error)"))
    }
  }
}
