/// A matrix in a .npy file, opened and checked: features over time, [frames, channels]. Its rows are read on demand,
/// from any thread.
///
/// Single and double precision, little-endian, row by row or in Fortran's order, versions 1.0 to 3.0.
public final class NumpyFile: Sendable {
  /// The file's path.
  public let path: String
  /// The number of rows: frames.
  public var rows: Int { header.rows }
  /// The number of columns: channels.
  public var columns: Int { header.columns }
  private let header: NumpyHeader
  private let file: InputFile
  /// The offset of the numbers.
  private let start: Int

  /// Opens a file and checks its header; no allocation depends on unchecked numbers.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.malformedNumpy`, `.unsupportedNumpy`.
  public init(_ path: String) throws {
    let file = try InputFile(path)
    let beginning = try file.bytes(0..<min(file.size, NumpyHeader.startLength))
    let lengthStart = NumpyHeader.startLength
    let dictionaryStart = lengthStart + (try NumpyHeader.lengthBytes(start: beginning, path: path))
    func requireBytes(_ end: Int) throws {
      if end <= file.size { return }
      throw CheckpointFault.malformedNumpy(
        path: path, field: "header", problem: "cut short: \(end) bytes needed, \(file.size) present")
    }
    try requireBytes(dictionaryStart)
    let length = try NumpyHeader.length(file.bytes(lengthStart..<dictionaryStart), path: path)
    let start = dictionaryStart + length
    try requireBytes(start)
    let header = try NumpyHeader(dictionary: file.bytes(dictionaryStart..<start), path: path)
    if header.rows < 0 {
      throw CheckpointFault.malformedNumpy(
        path: path, field: "shape", problem: "\(header.rows) rows, which only a stream may have")
    }
    if header.byteCount != file.size - start {
      throw CheckpointFault.malformedNumpy(
        path: path, field: "shape",
        problem: "(\(header.rows), \(header.columns)) of '\(header.element.rawValue)' are \(header.byteCount) bytes, "
          + "and \(file.size - start) follow the header")
    }
    (self.path, self.file, self.start, self.header) = (path, file, start, header)
  }

  /// Some rows, [row, column], row by row; all of them finite.
  ///
  /// - Precondition: the range lies in 0..<rows.
  /// - Throws: `FileFault.cannotRead`, `CheckpointFault.featureNotFinite`.
  public func read(rows range: Range<Int>) throws -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of a matrix of \(rows)")
    let numbers: [Float]
    if header.isColumnMajor {
      var matrix = [Float](repeating: 0, count: range.count * columns)
      for column in 0..<columns {
        let values = try read(range.count, at: column * rows + range.lowerBound)
        for (row, value) in values.enumerated() { matrix[row * columns + column] = value }
      }
      numbers = matrix
    } else {
      numbers = try read(range.count * columns, at: range.lowerBound * columns)
    }
    try header.checkFinite(numbers, firstRow: range.lowerBound, path: path)
    return numbers
  }

  /// Numbers in the order of the file, from index `first` on.
  private func read(_ count: Int, at first: Int) throws -> [Float] {
    let width = header.element.byteCount
    let place = start + first * width
    return try file.bytes(place..<place + count * width).withUnsafeBytes { header.numbers($0) }
  }
}
