/// Text that is not JSON, or not the JSON that is asked for.
public struct JSONFault: Fault, Equatable {
  /// What the text is called.
  public let path: String
  /// Where it stops being right, in bytes.
  public let offset: Int
  /// What is wrong.
  public let problem: String

  package init(path: String, offset: Int, problem: String) {
    (self.path, self.offset, self.problem) = (path, offset, problem)
  }

  public var description: String { "\(path): byte \(offset): \(problem); correct the JSON text" }
  public var exitStatus: ExitStatus { .badData }
}
