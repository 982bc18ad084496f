import Foundation
import TestSupport
import Testing

/// The built command.
enum Command {
  /// The path of the executable, which lies beside the tests.
  static let executable: String = {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
      let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    #else
      let folder = Bundle.main.bundleURL
    #endif
    return folder.appendingPathComponent("kodama").path
  }()

  /// Runs `kodama` to its end.
  static func run(_ arguments: [String], in folder: String? = nil) throws -> Child.End {
    try Child(executable, arguments, in: folder).end()
  }

  /// Runs a line of a shell to its end; `$KODAMA` is the command.
  static func shell(_ line: String, in folder: String? = nil) throws -> Child.End {
    try Child("/bin/bash", ["-c", line], in: folder, environment: ["KODAMA": executable]).end()
  }
}

/// Runs `kodama` and expects it to fail: with the status, nothing on standard output, and a message without any trace
/// of a crash, in which all of `mentions` stand.
func expectFailure(
  _ status: Int32, _ arguments: [String], in folder: String? = nil, mentions: [String],
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectFailure(
    status, try Command.run(arguments, in: folder), mentions: mentions, arguments.joined(separator: " "),
    sourceLocation: sourceLocation)
}

/// Expects of a process that has ended what the other `expectFailure` expects.
func expectFailure(
  _ status: Int32, _ end: Child.End, mentions: [String], _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(end.status == status, "\(what): \(end.errors)", sourceLocation: sourceLocation)
  #expect(end.signal == nil, "\(what): \(end.errors)", sourceLocation: sourceLocation)
  #expect(end.output.isEmpty, "\(what): \(end.text)", sourceLocation: sourceLocation)
  for mention in mentions {
    #expect(end.errors.contains(mention), "\(what): \(end.errors)", sourceLocation: sourceLocation)
  }
}

/// Runs `kodama` and expects it to succeed.
@discardableResult func expectSuccess(
  _ arguments: [String], in folder: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Child.End {
  let end = try Command.run(arguments, in: folder)
  #expect(
    end.status == 0 && end.signal == nil, "\(arguments.joined(separator: " ")): \(end.errors)",
    sourceLocation: sourceLocation)
  return end
}
