import Foundation

/// Files of the package that tests read.
enum PackageFiles {
  private static let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent()
  }

  /// The folder of trained models.
  static let checkpoints = root.appendingPathComponent("checkpoints").path
  /// A small trained model.
  static let demo = checkpoints + "/demo"

  /// The blocks of a language on a page of the documentation.
  static func blocks(_ language: String, page: String) throws -> [String] {
    let page = root.appendingPathComponent("Sources/Kodama/Kodama.docc/\(page).md")
    let pieces = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```")
    return pieces.enumerated().filter { $0.offset % 2 == 1 && $0.element.hasPrefix(language + "\n") }
      .map { String($0.element.dropFirst(language.count + 1)) }
  }
}
