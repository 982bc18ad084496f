import Foundation

/// A Python that tests hold results to other tools with.
public struct Python: Sendable {
  private let executable: String

  /// The first of `$KODAMA_PYTHON` and `python3` that can import all of the modules; nil where neither can.
  public init?(importing modules: String...) {
    let line = modules.map { "import \($0)" }.joined(separator: "; ")
    let named = ProcessInfo.processInfo.environment["KODAMA_PYTHON"].map { [$0] } ?? []
    let found = (named + ["python3"]).first { (try? Self.start($0, ["-c", line], in: nil))?.status == 0 }
    guard let found else { return nil }
    executable = found
  }

  /// Runs it to its end.
  public func run(_ arguments: [String], in folder: String? = nil) throws -> Child.End {
    try Self.start(executable, arguments, in: folder)
  }

  private static func start(_ executable: String, _ arguments: [String], in folder: String?) throws -> Child.End {
    try Child("/usr/bin/env", [executable] + arguments, in: folder).end(within: 600)
  }
}
