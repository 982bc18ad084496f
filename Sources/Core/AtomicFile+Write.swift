extension AtomicFile {
  /// Writes a file through `body`; when that throws, nothing is left behind. A device such as /dev/null is written in
  /// place.
  ///
  /// - Throws: `FileFault`, and whatever `body` throws.
  public static func write<R>(to path: String, existing: Existing, _ body: (FileWriter) throws -> R) throws -> R {
    let pending = try PendingFile(path: path, existing: existing)
    defer { pending.discard() }
    let result = try body(pending.writer)
    try pending.publish()
    return result
  }
}
