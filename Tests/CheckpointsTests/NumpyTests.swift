import KodamaCore
import TestSupport
import Testing

@testable import KodamaCheckpoints

@Suite struct NumpyTests {
  static let matrix = NumpyMatrix(rows: 3, columns: 2, values: [1, -2, 3.5, 4, 0, 1e-7])

  /// A file with a header of a version.
  static func file(_ dictionary: String, version: UInt8 = 1, length: Int? = nil, data: [UInt8] = []) -> [UInt8] {
    let size = length ?? dictionary.utf8.count
    let width = version == 1 ? 2 : 4
    let bytes = (0..<width).map { UInt8(size >> (8 * $0) & 0xFF) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + bytes + Array(dictionary.utf8) + data
  }

  static func data<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  /// Rows read through a stream that brings at most `step` bytes at a time.
  static func rows(_ bytes: [UInt8], step: Int = 5) throws -> (rows: [[Float]], known: Int?) {
    var position = 0
    var stream = try NumpyRows(path: "pipe") { buffer in
      let count = min(step, buffer.count, bytes.count - position)
      for index in 0..<count { buffer[index] = bytes[position + index] }
      position += count
      return count
    }
    var rows: [[Float]] = []
    while let row = try stream.next() { rows.append(row) }
    return (rows, stream.rows)
  }

  @Test func whatWasWrittenComesBack() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.npy"
      try Self.matrix.write(to: path)
      #expect(try NumpyMatrix(contentsOf: path) == Self.matrix)
      #expect(try NumpyFile(path).read(rows: 1..<2) == [3.5, 4])
      #expect(try Self.rows(bytes(path)).rows == [[1, -2], [3.5, 4], [0, 1e-7]])
      #expect(throws: FileFault.exists(path: path)) { try Self.matrix.write(to: path) }
    }
  }

  @Test func theNumbersBeginAtAMultipleOf64() {
    for rows in [0, 1, 99_999, 1 << 40] { #expect(NumpyHeader.bytes(rows: rows, columns: 80).count % 64 == 0) }
  }

  @Test func aMatrixWithoutRowsIsOne() throws {
    try withTemporaryFolder { folder in
      let empty = NumpyMatrix(rows: 0, columns: 4, values: [])
      try empty.write(to: folder + "/a.npy")
      #expect(try NumpyMatrix(contentsOf: folder + "/a.npy") == empty)
      #expect(try Self.rows(bytes(folder + "/a.npy")).rows.isEmpty)
    }
  }

  @Test(arguments: [UInt8(1), 2, 3]) func everyVersionTypeAndOrderIsRead(version: UInt8) throws {
    func header(_ type: String, _ fortran: String) -> String {
      "{\"shape\": (3,2),'fortran_order':\(fortran), 'descr': '\(type)'}  \n"
    }
    let values = Self.matrix.values
    let columns = [0, 2, 4, 1, 3, 5].map { values[$0] }
    try withTemporaryFolder { folder in
      for (name, data) in [
        (header("<f4", "False"), Self.data(values)), (header("<f4", "True"), Self.data(columns)),
        (header("<f8", "False"), Self.data(values.map(Double.init))),
        (header("<f8", "True"), Self.data(columns.map(Double.init))),
      ] {
        try write(Self.file(name, version: version, data: data), to: folder + "/a.npy")
        #expect(try NumpyMatrix(contentsOf: folder + "/a.npy") == Self.matrix, "\(name)")
        #expect(try NumpyFile(folder + "/a.npy").read(rows: 1..<3) == Array(values[2...]), "\(name)")
      }
    }
  }

  @Test func aStreamOfUnknownLengthEndsWhereItEnds() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}"
    let stream = try Self.rows(Self.file(header, data: Self.data([1, 2, 3, 4] as [Float])))
    #expect(stream.rows == [[1, 2], [3, 4]] && stream.known == nil)
    let error = #expect(throws: CheckpointFault.self) {
      try Self.rows(Self.file(header, data: Self.data([1, 2, 3] as [Float])))
    }
    #expect("\(try #require(error))".contains("within the row after 1 row"))
  }

  @Test func aRowIsGivenAsSoonAsItIsThere() throws {
    let bytes = Self.file(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}", data: Self.data([1, 2, 3, 4] as [Float]))
    var position = 0
    var stream = try NumpyRows(path: "pipe") { buffer in
      let count = min(buffer.count, bytes.count - position)
      for index in 0..<count { buffer[index] = bytes[position + index] }
      position += count
      return count
    }
    #expect(try stream.next() == [1, 2])
    #expect(position == bytes.count - 8)
  }

  @Test func numpyReadsWhatIsWrittenAndWritesWhatIsRead() throws {
    guard let python = Python(importing: "numpy") else { return }
    try withTemporaryFolder { folder in
      try Self.matrix.write(to: folder + "/a.npy")
      let script = """
        import numpy as np
        a = np.load("a.npy")
        assert a.dtype == np.float32 and a.shape == (3, 2) and a[1, 0] == 3.5 and a[0, 1] == -2, a
        np.save("b.npy", np.asfortranarray(a.astype(np.float64)))
        with open("c.npy", "wb") as f: np.lib.format.write_array(f, a, version=(2, 0))
        with open("d.npy", "wb") as f:
            np.lib.format.write_array_header_1_0(f, {"descr": "<f4", "fortran_order": False, "shape": (-1, 2)})
            f.write(a.tobytes())
        """
      let end = try python.run(["-c", script], in: folder)
      #expect(end.status == 0, "\(end)")
      for name in ["b", "c"] { #expect(try NumpyMatrix(contentsOf: folder + "/\(name).npy") == Self.matrix) }
      #expect(try Self.rows(bytes(folder + "/d.npy")).rows.flatMap { $0 } == Self.matrix.values)
    }
  }

  struct Malformed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    /// Part of the message.
    let message: String

    init(_ what: String, _ file: [UInt8], _ message: String) {
      (testDescription, bytes, self.message) = (what, file, message)
    }

    /// A header before 8 bytes of data.
    init(_ what: String, header: String, _ message: String) {
      self.init(what, NumpyTests.file(header, data: [0, 0, 0, 0, 0, 0, 0, 0]), message)
    }

    /// A header of a shape before 8 bytes of data.
    init(_ what: String, shape: String, _ message: String) {
      self.init(what, header: "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}", message)
    }
  }

  static let malformed: [Malformed] = [
    Malformed("empty", [], "first bytes"),
    Malformed("another format", Array("RIFF....WAVEfmt ".utf8), "first bytes"),
    Malformed("version 4", file("{}", version: 4), "4.0, not 1.0"),
    Malformed("no length", Array(file("").prefix(9)), "cut short"),
    Malformed("length 0", file(""), "0 bytes"),
    Malformed("length over the file", file("{}", length: 60_000), "cut short"),
    Malformed("length 2^32 - 1", file("{}", version: 2, length: 0xFFFF_FFFF), "4294967295 bytes"),
    Malformed("no dictionary", header: "hello", "'{' is missing"),
    Malformed("an expression", header: "{'shape': __import__('os')}", "a value is missing"),
    Malformed("open end", header: "{'descr': '<f4'", "',' is missing"),
    Malformed("a key twice", header: "{'descr': '<f4', 'descr': '<f4'}", "occurs twice"),
    Malformed("an unknown key", header: "{'descr': '<f4', 'order': True}", "no key 'order'"),
    Malformed("a key too few", header: "{'descr': '<f4', 'fortran_order': False}", "'shape' is missing"),
    Malformed("text after it", header: "{} x", "after the end"),
    Malformed("bytes beyond ASCII", header: "{'é': True}", "quote is missing"),
    Malformed(
      "big-endian", header: "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2)}", "descr is '>f4'"),
    Malformed("whole numbers", header: "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1)}", "astype('<f4')"),
    Malformed(
      "records", header: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "list of fields"),
    Malformed("an open list", header: "{'descr': [[", "']' is missing"),
    Malformed("one axis", shape: "(2,)", "shape is (2,)"),
    Malformed("three axes", shape: "(1, 1, 2)", "of two axes"),
    Malformed("no axes", shape: "()", "of two axes"),
    Malformed("negative rows", shape: "(-2, 2)", "must have rows and columns"),
    Malformed("no columns", shape: "(4, 0)", "must have rows and columns"),
    Malformed("overflow", shape: "(4611686018427387904, 8)", "more than any file holds"),
    Malformed("columns that overflow", shape: "(0, 9223372036854775807)", "more than any file holds"),
    Malformed("a number beyond 64 bits", shape: "(99999999999999999999, 1)", "a number is missing"),
  ]

  static let wrongSizes: [Malformed] = [
    Malformed("cut short", shape: "(2, 2)", "are 16 bytes, and 8 follow"),
    Malformed("bytes after it", shape: "(1, 1)", "are 4 bytes, and 8 follow"),
    Malformed("a length that only streams have", shape: "(-1, 2)", "only a stream"),
  ]

  @Test(arguments: malformed + wrongSizes) func whatLiesInAFileIsRefused(file: Malformed) throws {
    try withTemporaryFolder { folder in
      try write(file.bytes, to: folder + "/a.npy")
      let error = #expect(throws: CheckpointFault.self) { try NumpyFile(folder + "/a.npy") }
      let text = "\(try #require(error))"
      #expect(text.contains(file.message) && text.hasPrefix(folder + "/a.npy: "), "\(text)")
      #expect(error?.exitStatus == .badData)
    }
  }

  @Test(arguments: malformed.dropFirst(3)) func whatLiesInAStreamIsRefused(file: Malformed) throws {
    // What a file calls cut short is the end of a stream.
    let message = file.message == "cut short" ? "ends within it" : file.message
    let error = #expect(throws: CheckpointFault.self) { try Self.rows(file.bytes) }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test(arguments: [
    ("(2, 2)", "ends after 1 of 2 rows"), ("(1, 1)", "bytes follow the last of 1 row"),
    ("(1, 4611686018427387903)", "more than any"), ("(1, 100000000000)", "within the row after 0 of 1 row"),
  ]) func aStreamThatIsNotAsItsHeaderSaysIsRefused(shape: String, message: String) throws {
    let file = Malformed(shape, shape: shape, message)
    let error = #expect(throws: CheckpointFault.self) { try Self.rows(file.bytes) }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test func aStreamInFortransOrderIsRefused() throws {
    let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}"
    let error = #expect(throws: CheckpointFault.self) { try Self.rows(Self.file(header, data: [0])) }
    #expect("\(try #require(error))".contains("ascontiguousarray"))
  }

  @Test func aNumberThatIsNotFiniteIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.npy"
      try NumpyMatrix(rows: 4, columns: 3, values: (0..<12).map { $0 == 7 ? .nan : 0 }).write(to: path)
      let expected = CheckpointFault.featureNotFinite(path: path, frame: 2, channel: 1)
      #expect(throws: expected) { try NumpyFile(path).read(rows: 1..<4) }
      #expect(try NumpyFile(path).read(rows: 0..<2).count == 6)
      #expect(throws: CheckpointFault.featureNotFinite(path: "pipe", frame: 2, channel: 1)) {
        try Self.rows(bytes(path))
      }
      let large = Self.file(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}", data: Self.data([0, 1e300] as [Double]))
      try write(large, to: path)
      #expect(throws: CheckpointFault.featureNotFinite(path: path, frame: 0, channel: 1)) {
        try NumpyMatrix(contentsOf: path)
      }
    }
  }

  @Test func aFileThatIsNotThereIsAnError() {
    let error = #expect(throws: FileFault.self) { try NumpyFile("nowhere/a.npy") }
    #expect(error?.exitStatus == .noInput)
  }
}
