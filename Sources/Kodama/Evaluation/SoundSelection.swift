import KodamaAudio
import KodamaCore
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sounds that an argument of a command line means.
struct SoundSelection {
  /// The sounds, in order.
  private(set) var sounds: [Sound] = []
  /// Warnings about files that are not as their headers say, and those that were left out.
  private(set) var warnings: [String] = []

  /// Finds the sounds.
  ///
  /// - Parameters:
  ///   - argument: a file; a folder, of which every sound is meant; a pattern such as `takes/*.wav`; or `-` for a file that
  ///     standard input brings.
  ///   - mixesDown: whether sounds are mixed down to one channel.
  ///   - strict: whether a file of several that cannot be used is an error.
  /// - Throws: `FileFault`, `AudioFault`.
  init(_ argument: String, mixesDown: Bool = false, strict: Bool, workers: Workers) throws {
    if argument == "-" {
      try addStandardInput(mixesDown: mixesDown)
    } else if Folder.exists(argument) {
      try addFolder(argument, mixesDown: mixesDown, strict: strict, workers: workers)
    } else if !Folder.hasFile(argument), argument.utf8.contains(where: Self.patternMarks.contains) {
      try addPattern(argument, mixesDown: mixesDown, strict: strict)
    } else {
      try add(argument, name: argument, mixesDown: mixesDown)
    }
  }

  /// Opens a file when its turn comes.
  static func sound(_ path: String, name: String, mixesDown: Bool) throws -> (sound: Sound, warnings: [String]) {
    let source = try FileSource(path)
    // The length is known now; the file is opened again when its turn comes, so that many can be compared.
    let frames = source.frames
    let sound = Sound(name: name) { try FileSource(path, frames: frames) }
    return (sound, try oddities(of: source, mixesDown: mixesDown).map { "\(path): \($0)" })
  }

  /// What a person should know of a file that is used.
  private static func oddities(of source: FileSource, mixesDown: Bool) throws -> [AudioWarning] {
    source.warnings + (mixesDown ? try source.mixWarning().map { [$0] } ?? [] : [])
  }

  private mutating func add(_ path: String, name: String, mixesDown: Bool) throws {
    let (sound, warnings) = try Self.sound(path, name: name, mixesDown: mixesDown)
    sounds.append(sound)
    self.warnings += warnings
  }

  private mutating func addStandardInput(mixesDown: Bool) throws {
    let name = "standard input"
    let spool = try SpoolFile()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(0, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileFault.cannotRead(path: name, reason: FileFault.reason) }
      if count == 0 { break }
      try buffer.withUnsafeBytes { try spool.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    let source = try FileSource(spool.path, as: name)
    let frames = source.frames
    warnings += try Self.oddities(of: source, mixesDown: mixesDown).map { "\(name): \($0)" }
    sounds.append(Sound(name: name) { try FileSource(spool.path, as: name, frames: frames) })
  }

  private mutating func addPattern(_ pattern: String, mixesDown: Bool, strict: Bool) throws {
    let paths = Self.paths(matching: pattern)
    if paths.isEmpty { throw FileFault.cannotRead(path: pattern, reason: "no file matches the pattern") }
    // Names begin behind the folders that are the same in all, so that `a/*.wav` and `b/*.wav` pair.
    let fixed = pattern.utf8.prefix { !Self.patternMarks.contains($0) }
    let prefix = fixed.lastIndex(of: UInt8(ascii: "/")).map { fixed[...$0].count } ?? 0
    for (path, isUTF8) in paths where !Folder.exists(path) {
      do {
        if !isUTF8 { throw FileFault.nameNotUTF8(path: path) }
        try add(path, name: String(Substring(path.utf8.dropFirst(prefix))), mixesDown: mixesDown)
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
    // Where channels are compared one by one, it does not matter whether they would cancel.
    let options = RecordingOptions(channel: mixesDown ? .mix : .channel(1))
    let index = try CorpusIndex.scan(path, options: options, strict: strict, workers: workers)
    warnings += index.failures.map(\.reason)
    warnings += index.entries.flatMap { entry in entry.warnings.map { "\(entry.path): \($0)" } }
    let (usable, empty) = (index.entries.filter { $0.frames > 0 }, index.entries.filter { $0.frames == 0 })
    if let first = empty.first, strict || usable.isEmpty {
      throw AudioFault.noSamples(path: path + "/" + first.path)
    }
    warnings += empty.map { "\($0.path): it holds no samples; left out" }
    if usable.isEmpty {
      throw AudioFault.noUsableAudio(folder: path, reason: index.failures.first?.reason ?? "no sound files")
    }
    sounds += usable.map { entry in
      Sound(name: entry.path) { try FileSource(path + "/" + entry.path, frames: entry.frames) }
    }
  }
}
