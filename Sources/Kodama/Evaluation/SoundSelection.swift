import KodamaAudio
import KodamaCore
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sounds selected by a command-line argument.
struct SoundSelection {
  /// The sounds, in order.
  private(set) var sounds: [Sound] = []
  /// Warnings about files that do not match their headers, and about skipped files.
  private(set) var warnings: [String] = []

  /// Finds the sounds.
  ///
  /// - Parameters:
  ///   - argument: a file; a folder, for all of its sounds; a pattern such as `takes/*.wav`; or `-` for a file from
  ///     standard input.
  ///   - mixesDown: whether sounds are mixed down to one channel.
  ///   - strict: whether one of several files that cannot be used is an error.
  /// - Throws: `FileFault`, `AudioFault`.
  init(_ argument: String, mixesDown: Bool = false, strict: Bool, workers: Workers) throws {
    if argument == "-" {
      try addStandardInput(mixesDown: mixesDown)
    } else if Folder.exists(argument) {
      try addFolder(argument, mixesDown: mixesDown, strict: strict, workers: workers)
    } else if !Folder.hasFile(argument), argument.utf8.contains(where: Self.patternMarks.contains) {
      try addPattern(argument, mixesDown: mixesDown, strict: strict)
    } else {
      try add(argument, name: argument, mixesDown: mixesDown, strict: strict)
    }
  }

  /// The sounds beside those of another selection: a single file has its name alone, so that it is found among several.
  func sounds(beside other: SoundSelection) -> [Sound] {
    sounds.count == 1 && other.sounds.count > 1 ? [sounds[0].renamed(PathText.name(sounds[0].name))] : sounds
  }

  /// A sound whose file is opened on demand.
  ///
  /// - Parameter strict: whether a file that deviates from its header is an error.
  static func sound(
    _ path: String, name: String, mixesDown: Bool, strict: Bool
  ) throws -> (sound: Sound, warnings: [String]) {
    let source = try FileSource(path)
    if strict, let warning = source.warnings.first { throw AudioFault.strict(path: path, warning: warning) }
    // Only the length is read now; the file is opened again on demand, which limits the number of open files.
    let frames = source.frames
    let sound = Sound(name: name) { try FileSource(path, frames: frames) }
    return (sound, try oddities(of: source, mixesDown: mixesDown).map { "\(path): \($0)" })
  }

  /// The warnings about a file.
  private static func oddities(of source: FileSource, mixesDown: Bool) throws -> [AudioWarning] {
    source.warnings + (mixesDown ? try source.mixWarning().map { [$0] } ?? [] : [])
  }

  private mutating func add(_ path: String, name: String, mixesDown: Bool, strict: Bool) throws {
    let (sound, warnings) = try Self.sound(path, name: name, mixesDown: mixesDown, strict: strict)
    sounds.append(sound)
    self.warnings += warnings
  }

  private mutating func addStandardInput(mixesDown: Bool) throws {
    let (name, spool) = (StandardInputFile.name, try StandardInputFile.read())
    let source = try FileSource(spool.path, as: name)
    let frames = source.frames
    warnings += try Self.oddities(of: source, mixesDown: mixesDown).map { "\(name): \($0)" }
    sounds.append(Sound(name: name) { try FileSource(spool.path, as: name, frames: frames) })
  }

  private mutating func addPattern(_ pattern: String, mixesDown: Bool, strict: Bool) throws {
    let paths = Self.paths(matching: pattern)
    if paths.isEmpty { throw FileFault.cannotRead(path: pattern, reason: "no file matches the pattern") }
    // Names exclude the common folders, so that `a/*.wav` and `b/*.wav` pair.
    let fixed = pattern.utf8.prefix { !Self.patternMarks.contains($0) }
    let prefix = fixed.lastIndex(of: UInt8(ascii: "/")).map { fixed[...$0].count } ?? 0
    for (path, isUTF8) in paths where !Folder.exists(path) {
      do {
        if !isUTF8 { throw FileFault.nameNotUTF8(path: path) }
        try add(path, name: String(Substring(path.utf8.dropFirst(prefix))), mixesDown: mixesDown, strict: strict)
      } catch let fault as any Fault where !strict && (fault is AudioFault || !isUTF8) {
        warnings.append("\(fault); left out")
      }
    }
    if sounds.isEmpty { throw AudioFault.noUsableAudio(folder: pattern, reason: warnings.first ?? "only folders") }
  }

  private static let patternMarks = Array("*?[".utf8)

  private static func paths(matching pattern: String) -> [(path: String, isUTF8: Bool)] {
    var matches = glob_t()
    defer { globfree(&matches) }
    if glob(pattern, 0, nil, &matches) != 0 { return [] }
    return (0..<Int(matches.gl_pathc)).compactMap { index in
      guard let name = matches.gl_pathv[index].map({ TextDecoding.name($0) }) else { return nil }
      return (name.text, name.isUTF8)
    }
  }

  private mutating func addFolder(_ path: String, mixesDown: Bool, strict: Bool, workers: Workers) throws {
    // Cancellation of channels is irrelevant where channels are compared one by one.
    let options = RecordingOptions(channel: mixesDown ? .mix : .channel(1))
    let index = try CorpusIndex.scan(path, options: options, strict: strict, workers: workers)
    warnings += index.failures.map(\.reason)
    warnings += index.entries.flatMap { entry in entry.warnings.map { "\(entry.path): \($0)" } }
    let (usable, empty) = (index.entries.filter { $0.frames > 0 }, index.entries.filter { $0.frames == 0 })
    if let first = empty.first, strict || usable.isEmpty {
      throw AudioFault.noSamples(path: path + "/" + first.path)
    }
    warnings += empty.map { "\($0.path): it contains no samples; left out" }
    if usable.isEmpty {
      throw AudioFault.noUsableAudio(folder: path, reason: index.failures.first?.reason ?? "no sound files")
    }
    sounds += usable.map { entry in
      Sound(name: entry.path) { try FileSource(path + "/" + entry.path, frames: entry.frames) }
    }
  }
}
