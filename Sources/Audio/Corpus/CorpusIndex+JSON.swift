import KodamaCoding
import KodamaCore

extension CorpusIndex {
  /// Since version 2, levels are measured after the downmix.
  private static let formatVersion = 2

  private struct Document: Codable {
    var formatVersion = CorpusIndex.formatVersion
    var options: RecordingOptions
    var entries: [CorpusEntry]
    var failures: [CorpusFailure]
    var ignored: [String]
  }

  /// Writes the index as JSON, without the folder's own path, so that the folder can move.
  ///
  /// - Throws: `FileFault`, also where the path exists and is not a regular file, because writing to a pipe would
  ///   block.
  public func save(to path: String, existing: AtomicFile.Existing = .replace) throws {
    if AtomicFile.exists(path) && !Folder.hasFile(path) {
      throw FileFault.cannotCreate(path: path, reason: "what is there is not a regular file; remove it")
    }
    let json = try JSON(
      encoding: Document(options: options, entries: entries, failures: failures, ignored: ignored))
    try AtomicFile.write(to: path, existing: existing) { try $0.write(json.sorted.description) }
  }

  /// Reads the index of a folder from JSON and validates it.
  ///
  /// - Throws: `FileFault.cannotRead`; `AudioFault.badIndex`, `.escapingPath`.
  public static func load(_ path: String, folder: String) throws -> CorpusIndex {
    let document = try document(RegularFile.read(path), path)
    for entry in document.entries {
      try CorpusLabels.checkInside(entry.path, list: path)
      if let problem = entry.problem {
        throw AudioFault.badIndex(path: path, problem: "\(entry.path): \(problem)")
      }
    }
    if zip(document.entries, document.entries.dropFirst()).contains(where: { PathBytes($0.path) >= PathBytes($1.path) })
    {
      throw AudioFault.badIndex(path: path, problem: "its entries are not sorted by path, each once")
    }
    if let problem = sumProblem(document.entries) { throw AudioFault.badIndex(path: path, problem: problem) }
    return CorpusIndex(
      folder: folder, options: document.options, entries: document.entries, failures: document.failures,
      ignored: document.ignored)
  }
}

extension CorpusIndex {
  /// The content of an index of the present version.
  private static func document(_ text: [UInt8], _ path: String) throws -> Document {
    func bad(_ problem: String) -> AudioFault { .badIndex(path: path, problem: problem) }
    do {
      // An index is as long as its corpus.
      let json = try JSON(parsing: text, path: path, valueLimit: .max)
      guard let version = json["formatVersion"]?.integer else { throw bad("it has no format version") }
      if version != formatVersion { throw bad("format version \(version), not \(formatVersion)") }
      return try json.decoded()
    } catch let fault as JSONFault {
      throw bad("byte \(fault.offset): \(fault.problem)")
    } catch DecodingError.keyNotFound(_, let context), DecodingError.typeMismatch(_, let context),
      DecodingError.valueNotFound(_, let context), DecodingError.dataCorrupted(let context)
    {
      throw bad(context.debugDescription)
    }
  }

  /// The sum over entries that exceeds its limit, though each entry is valid; nil where none does.
  private static func sumProblem(_ entries: [CorpusEntry]) -> String? {
    for (name, number, limit) in [
      ("frames", \CorpusEntry.frames, AudioLimits.corpusFrames), ("bytes", \.bytes, Int.max),
      ("clippedSamples", \.clippedSamples, Int.max),
    ] {
      var sum = 0
      for entry in entries {
        let (next, overflows) = sum.addingReportingOverflow(entry[keyPath: number])
        if overflows || next > limit { return "\(name): they add up to more than \(limit)" }
        sum = next
      }
    }
    return nil
  }
}

extension CorpusEntry {
  /// The first field with an impossible value; nil where all are possible.
  fileprivate var problem: String? {
    if !AudioLimits.frames.contains(frames) { return "frames: \(frames)" }
    if !AudioLimits.sampleRates.contains(sampleRate) { return "sampleRate: \(sampleRate)" }
    if !AudioLimits.channels.contains(channels) { return "channels: \(channels)" }
    if bytes < 0 { return "bytes: \(bytes)" }
    if !(0...frames).contains(clippedSamples) { return "clippedSamples: \(clippedSamples)" }
    if !(peak >= 0 && peak.isFinite) { return "peak: \(peak)" }
    if !(0...1).contains(silenceShare) { return "silenceShare: \(silenceShare)" }
    if !modificationTime.isFinite { return "modificationTime: \(modificationTime)" }
    return nil
  }
}
