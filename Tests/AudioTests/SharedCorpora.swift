import Foundation

/// Recordings that lie beside the package on some machines and are no part of it.
enum SharedCorpora {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/corpora").path

  static var spokenDigits: String { root + "/fsdd/train" }
  static var music: String { root + "/music" }

  static func isPresent(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: folder) }
}
