import Foundation

/// The program `kodama-go` of the same build.
enum BuiltProgram {
  /// Its path; nil where it is not beside the tests.
  static let path: String? = {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let path = folder.appendingPathComponent("kodama-go").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
}
