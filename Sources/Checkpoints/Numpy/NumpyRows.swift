import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The rows of a .npy file from a pipe: each is available as soon as its last byte has arrived.
///
/// A stream of unknown length has −1 rows in its header: `numpy.lib.format.write_array_header_1_0(stream, {'descr':
/// '<f4', 'fortran_order': False, 'shape': (-1, 80)})`; then the rows end where the stream does.
public struct NumpyRows {
  /// The name of the stream in messages.
  public let path: String
  /// The number of rows in the header; nil where it is unknown.
  public var rows: Int? { header.rows == NumpyHeader.unknownRows ? nil : header.rows }
  /// The number of columns: channels.
  public var columns: Int { header.columns }
  /// The number of rows read so far.
  public private(set) var position = 0
  private let header: NumpyHeader
  private let source: Source

  /// Reads the header by a function that reads bytes.
  ///
  /// - Parameters:
  ///   - path: the name of the stream in messages.
  ///   - read: fills the start of a buffer and returns the number of bytes: at least one, waiting for it if necessary;
  ///     0 at the end.
  /// - Throws: `CheckpointFault.malformedNumpy`, `.unsupportedNumpy`, and what `read` throws.
  public init(path: String, read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) throws {
    let source = Source(read: read)
    func bytes(_ count: Int) throws -> [UInt8] {
      let bytes = try source.bytes(count)
      if bytes.count == count { return bytes }
      throw CheckpointFault.malformedNumpy(path: path, field: "header", problem: "the stream ends within it")
    }
    let lengthBytes = try NumpyHeader.lengthBytes(start: bytes(NumpyHeader.startLength), path: path)
    let length = try NumpyHeader.length(bytes(lengthBytes), path: path)
    let header = try NumpyHeader(dictionary: bytes(length), path: path)
    if header.isColumnMajor {
      throw CheckpointFault.unsupportedNumpy(
        path: path, field: "fortran_order", value: "True",
        expected: "False in a stream, whose rows come one after the other: save it with numpy.ascontiguousarray")
    }
    (self.path, self.source, self.header) = (path, source, header)
  }

  /// Reads the header from an open descriptor, such as 0, that of standard input. The caller closes it.
  ///
  /// - Throws: as the other initializer; `FileFault.cannotRead`.
  public init(descriptor: Int32, path: String) throws {
    try self.init(path: path) { buffer in
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        if errno != EINTR { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
      }
    }
  }

  /// The next row; nil after the last.
  ///
  /// - Throws: `CheckpointFault.malformedNumpy` where the stream ends too early or continues after its last row,
  ///   `.featureNotFinite`, and what reading throws.
  public mutating func next() throws -> [Float]? {
    if position == rows {
      if try !source.bytes(1).isEmpty { throw malformed("bytes follow the last of \(Plural.text(position, "row"))") }
      return nil
    }
    let count = columns * header.element.byteCount
    let bytes = try source.bytes(count)
    if bytes.isEmpty && rows == nil { return nil }
    if bytes.count < count {
      throw malformed(
        "the stream ends \(bytes.isEmpty ? "after" : "within the row after") \(position) "
          + (rows.map { "of \(Plural.text($0, "row"))" } ?? Plural.word(position, "row")))
    }
    let row = bytes.withUnsafeBytes { header.numbers($0) }
    try header.checkFinite(row, firstRow: position, path: path)
    position += 1
    return row
  }

  private func malformed(_ problem: String) -> CheckpointFault {
    .malformedNumpy(path: path, field: "rows", problem: problem)
  }

  /// Reads fixed numbers of bytes by a function that may return fewer.
  private struct Source {
    /// Bytes read at a time: the header may specify rows of any length.
    private static let step = 1 << 20

    let read: (UnsafeMutableRawBufferPointer) throws -> Int

    /// `count` bytes, or fewer at the end of the stream.
    func bytes(_ count: Int) throws -> [UInt8] {
      var bytes: [UInt8] = []
      while bytes.count < count {
        let wanted = min(Self.step, count - bytes.count)
        let block = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, got in
          got = 0
          got = try read(UnsafeMutableRawBufferPointer(buffer))
        }
        if block.isEmpty { break }
        bytes += block
      }
      return bytes
    }
  }
}
