/// Integers from −8 to 7, two in a byte: the lower four bits hold the first, both plus 8. A row of odd length ends with a
/// byte whose upper four bits mean nothing and are written as 8.
enum NibblePacking {
  /// The bytes of a row.
  static func byteCount(ofRow length: Int) -> Int { (length + 1) / 2 }

  /// The bytes of rows that lie one after the other.
  static func pack(_ integers: [Int8], rowLength: Int) -> [UInt8] {
    precondition(
      rowLength > 0 && integers.count % rowLength == 0, "\(integers.count) integers are no rows of \(rowLength)")
    func nibble(_ value: Int8) -> UInt8 { UInt8(bitPattern: value &+ 8) & 0xf }
    return stride(from: 0, to: integers.count, by: rowLength).flatMap { row in
      stride(from: row, to: row + rowLength, by: 2).map { index in
        nibble(integers[index]) | nibble(index + 1 < row + rowLength ? integers[index + 1] : 0) << 4
      }
    }
  }

  /// The integers of rows that lie one after the other.
  static func unpack(_ bytes: [UInt8], rowLength: Int) -> [Int8] {
    let rowBytes = byteCount(ofRow: rowLength)
    precondition(rowLength > 0 && bytes.count % rowBytes == 0, "\(bytes.count) bytes are no rows of \(rowLength)")
    return stride(from: 0, to: bytes.count, by: rowBytes).flatMap { row in
      (0..<rowLength).map { Int8(bytes[row + $0 / 2] >> ($0 % 2 == 0 ? 0 : 4) & 0xf) - 8 }
    }
  }
}
