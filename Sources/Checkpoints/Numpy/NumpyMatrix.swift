import KodamaCore

/// A matrix of a .npy file, such as features over time.
///
/// - Shapes: values [rows, columns], row by row.
public struct NumpyMatrix: Sendable, Equatable {
  /// The number of rows: frames.
  public let rows: Int
  /// The number of columns: channels.
  public let columns: Int
  /// The numbers, [row, column].
  public let values: [Float]

  /// - Precondition: `values` contains rows · columns numbers.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns, "\(rows) rows of \(columns) cannot hold \(values.count) numbers")
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// Reads a whole file.
  ///
  /// - Throws: as `NumpyFile`.
  public init(contentsOf path: String) throws {
    let file = try NumpyFile(path)
    self.init(rows: file.rows, columns: file.columns, values: try file.read(rows: 0..<file.rows))
  }

  /// Writes a .npy file: version 1.0, little-endian single precision, row by row.
  ///
  /// - Throws: `FileFault`.
  public func write(to path: String, existing: AtomicFile.Existing = .refuse) throws {
    try Self.write(rows: rows, columns: columns, to: path, existing: existing) { append in try append(values) }
  }

  /// Writes a file in pieces, so that the numbers need not fit in memory.
  ///
  /// - Parameter body: passes all numbers in order to its argument.
  /// - Precondition: `body` writes rows · columns numbers.
  /// - Throws: `FileFault`, and what `body` throws; no file is left then.
  public static func write(
    rows: Int, columns: Int, to path: String, existing: AtomicFile.Existing = .refuse,
    _ body: (_ append: ([Float]) throws -> Void) throws -> Void
  ) throws {
    try AtomicFile.write(to: path, existing: existing) { writer in
      try writer.write(NumpyHeader.bytes(rows: rows, columns: columns))
      var count = 0
      try body { values in
        try values.withUnsafeBytes { try writer.write($0) }
        count += values.count
      }
      precondition(count == rows * columns, "\(count) numbers for \(rows) rows of \(columns)")
    }
  }
}
