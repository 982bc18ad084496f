/// The validated header of a .npy file. The format:
///
/// - 6 bytes: 0x93 and `NUMPY`; 2 bytes: the version, 1.0, 2.0 or 3.0;
/// - the length of the dictionary, little-endian: 2 bytes in version 1.0, 4 bytes later;
/// - a Python dictionary as text: `{'descr': '<f4', 'fortran_order': False, 'shape': (430, 80), }`, padded with spaces
///   and ended by a new line;
/// - the numbers, row by row, or in Fortran's order column by column.
///
/// - Source: numpy 2.4, `numpy.lib.format`. Only the element types little-endian single and double precision are
///   supported.
struct NumpyHeader: Equatable {
  /// The supported element types.
  enum Element: String, CaseIterable {
    case float32 = "<f4"
    case float64 = "<f8"

    /// Bytes of one number.
    var byteCount: Int { self == .float32 ? 4 : 8 }
  }

  let element: Element
  /// Whether the numbers are stored column by column.
  let isColumnMajor: Bool
  let rows: Int
  let columns: Int

  /// Bytes before the length.
  static let startLength = 8
  /// A matrix has no longer header; numpy itself rejects over 10,000 bytes.
  static let lengthLimit = 65_536
  /// The number of rows in the header of a stream of unknown length.
  static let unknownRows = -1

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The number of bytes of the length of the header.
  static func lengthBytes(start: [UInt8], path: String) throws(CheckpointFault) -> Int {
    guard start.count == startLength, start.starts(with: magic) else {
      throw .malformedNumpy(path: path, field: "its first bytes", problem: "they are not those of a .npy file")
    }
    guard (1...3).contains(start[6]), start[7] == 0 else {
      throw .malformedNumpy(path: path, field: "version", problem: "\(start[6]).\(start[7]), not 1.0, 2.0 or 3.0")
    }
    return start[6] == 1 ? 2 : 4
  }

  /// The length of the dictionary.
  static func length(_ bytes: [UInt8], path: String) throws(CheckpointFault) -> Int {
    let length = bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard (1...lengthLimit).contains(length) else {
      throw .malformedNumpy(
        path: path, field: "header length", problem: "\(length) bytes; it must be 1 to \(lengthLimit)")
    }
    return length
  }

  /// Reads the dictionary.
  ///
  /// - Throws: `CheckpointFault.malformedNumpy`, `.unsupportedNumpy`.
  init(dictionary bytes: [UInt8], path: String) throws(CheckpointFault) {
    let values = try NumpyDictionary(bytes, path: path).values
    func value(_ key: String) throws(CheckpointFault) -> NumpyDictionary.Value {
      guard let value = values[key] else {
        throw .malformedNumpy(path: path, field: "header", problem: "the key '\(key)' is missing")
      }
      return value
    }
    for key in values.keys.sorted() where !["descr", "fortran_order", "shape"].contains(key) {
      throw .malformedNumpy(path: path, field: "header", problem: "there is no key '\(key)' in the format")
    }
    let type = try value("descr")
    guard case .text(let name) = type, let element = Element(rawValue: name) else {
      throw .unsupportedNumpy(
        path: path, field: "descr", value: "\(type)",
        expected: "'<f4' or '<f8': save it with numpy.save(path, array.astype('<f4'))")
    }
    guard case .boolean(let isColumnMajor) = try value("fortran_order") else {
      throw .malformedNumpy(path: path, field: "fortran_order", problem: "it is neither True nor False")
    }
    guard case .integers(let shape) = try value("shape") else {
      throw .malformedNumpy(path: path, field: "shape", problem: "it is no tuple of whole numbers")
    }
    guard shape.count == 2 else {
      throw .unsupportedNumpy(
        path: path, field: "shape", value: "\(NumpyDictionary.Value.integers(shape))",
        expected: "of two axes, (frames, channels): reshape the array before it is saved")
    }
    guard shape[1] > 0, shape[0] >= Self.unknownRows else {
      throw .malformedNumpy(
        path: path, field: "shape", problem: "(\(shape[0]), \(shape[1])); it must have rows and columns")
    }
    let (row, overflows) = shape[1].multipliedReportingOverflow(by: element.byteCount)
    guard !overflows, !row.multipliedReportingOverflow(by: max(0, shape[0])).overflow else {
      throw .malformedNumpy(
        path: path, field: "shape", problem: "(\(shape[0]), \(shape[1])) is more than any file holds")
    }
    (self.element, self.isColumnMajor, rows, columns) = (element, isColumnMajor, shape[0], shape[1])
  }

  /// Bytes of all numbers.
  var byteCount: Int { rows * columns * element.byteCount }

  /// The header of single-precision rows in version 1.0, padded so that the numbers start at a multiple of 64.
  static func bytes(rows: Int, columns: Int) -> [UInt8] {
    var text = "{'descr': '\(Element.float32.rawValue)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let bare = startLength + 2 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - bare % 64) % 64) + "\n"
    let length = text.utf8.count
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }

  /// Numbers converted from the file's type to single precision; those out of its range become infinite.
  func numbers(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    let count = bytes.count / element.byteCount
    return [Float](unsafeUninitializedCapacity: count) { numbers, initialized in
      switch element {
      case .float32: UnsafeMutableRawBufferPointer(numbers).copyMemory(from: bytes)
      case .float64:
        for index in 0..<count {
          numbers[index] = Float(bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
        }
      }
      initialized = count
    }
  }

  /// Throws where a number is not finite.
  ///
  /// - Parameter first: the index of the first of these rows.
  func checkFinite(_ numbers: [Float], firstRow first: Int, path: String) throws(CheckpointFault) {
    guard let index = numbers.firstIndex(where: { !$0.isFinite }) else { return }
    throw .featureNotFinite(path: path, frame: first + index / columns, channel: index % columns)
  }
}
