import Foundation
import KodamaCore

@testable import KodamaAudio

/// Sounds for tests.
enum Samples {
  /// Uniform noise in ±0.5.
  static func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var generator = Philox(seed: seed)
    return (0..<count).map { _ in Float(generator.uniform() - 0.5) }
  }

  /// A sine of an amplitude.
  static func sine(_ count: Int, hertz: Double, sampleRate: Int, amplitude: Double = 0.5) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * Double.pi * hertz * Double($0) / Double(sampleRate))) }
  }
}

/// The memory of this process.
enum Memory {
  /// The largest resident size so far, in KiB.
  static var peakKilobytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }
}

/// A folder of its own that goes with the test.
final class Scratch {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file here; folders on the way are made.
  func callAsFunction(_ name: String) -> String {
    let file = path + "/" + name
    let folder = (file as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return file
  }

  /// Writes bytes to a file here.
  @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = self(name)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// The names of all files here.
  var names: [String] { ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).sorted() }
}

extension CorpusEntry {
  /// The same sound under another path.
  func at(_ path: String, modificationTime: Double? = nil) -> CorpusEntry {
    CorpusEntry(
      path: path, bytes: bytes, modificationTime: modificationTime ?? self.modificationTime, format: format,
      frames: frames, sampleRate: sampleRate, channels: channels, peak: peak, clippedSamples: clippedSamples,
      silenceShare: silenceShare, contentHash: contentHash, warnings: warnings, labels: labels)
  }
}

/// Recordings that lie beside the package on some machines and are no part of it.
enum SharedCorpora {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/corpora").path

  static var spokenDigits: String { root + "/fsdd/train" }
  static var music: String { root + "/music" }

  static func isPresent(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: folder) }
}
