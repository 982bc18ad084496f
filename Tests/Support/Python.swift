import Foundation

/// The Python that tests hold results to other tools with: `$KODAMA_PYTHON`, or `python3` of the path.
public enum Python {
  /// The command.
  public static let executable = ProcessInfo.processInfo.environment["KODAMA_PYTHON"] ?? "python3"

  /// Whether it is there and can import all of the modules.
  public static func imports(_ modules: String...) -> Bool {
    let line = modules.map { "import \($0)" }.joined(separator: "; ")
    return (try? run(["-c", line]))?.status == 0
  }

  /// Runs it to its end.
  public static func run(_ arguments: [String], in folder: String? = nil) throws -> Child.End {
    try Child("/usr/bin/env", [executable] + arguments, in: folder).end(within: 600)
  }
}
