import Foundation

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
