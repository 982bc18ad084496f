import KodamaLayers

/// Integers of fewer than 8 bits, several in a byte: the lowest bits hold the first. Of 2 and 4 bits each is stored plus
/// half of the range; of 1 bit, -1 is stored as 0 and 1 as 1. A row that does not fill its last byte is padded with 0,
/// which reading ignores.
package struct BitPacking {
  /// Bits of an integer, a divisor of 8.
  package let bits: Int

  package init(bits: Int) {
    precondition(bits > 0 && bits < 8 && 8 % bits == 0, "\(bits) bits do not divide a byte")
    self.bits = bits
  }

  /// For the weights of a precision.
  package init(_ precision: Precision) { self.init(bits: precision.bits) }

  private var perByte: Int { 8 / bits }
  private var offset: Int8 { 1 << (bits - 1) }
  private var mask: UInt8 { 1 << bits - 1 }

  /// The bytes of a row.
  package func byteCount(ofRow length: Int) -> Int { (length + perByte - 1) / perByte }

  /// An integer in the lowest bits of a byte.
  package func encode(_ value: Int8) -> UInt8 {
    bits == 1 ? (value > 0 ? 1 : 0) : UInt8(bitPattern: value &+ offset) & mask
  }

  private func decode(_ code: UInt8) -> Int8 { bits == 1 ? 2 * Int8(code) - 1 : Int8(code) - offset }

  /// The bytes of rows that lie one after the other.
  package func pack(_ integers: [Int8], rowLength: Int) -> [UInt8] {
    precondition(
      rowLength > 0 && integers.count % rowLength == 0, "\(integers.count) integers are no rows of \(rowLength)")
    return stride(from: 0, to: integers.count, by: rowLength).flatMap { row in
      stride(from: row, to: row + rowLength, by: perByte).map { first in
        (0..<perByte).reduce(UInt8(0)) { byte, index in
          let integer = first + index < row + rowLength ? integers[first + index] : 0
          return byte | encode(integer) << (index * bits)
        }
      }
    }
  }

  /// The integers of rows that lie one after the other.
  package func unpack(_ bytes: [UInt8], rowLength: Int) -> [Int8] {
    let rowBytes = byteCount(ofRow: rowLength)
    precondition(rowLength > 0 && bytes.count % rowBytes == 0, "\(bytes.count) bytes are no rows of \(rowLength)")
    return stride(from: 0, to: bytes.count, by: rowBytes).flatMap { row in
      (0..<rowLength).map { decode(bytes[row + $0 / perByte] >> ($0 % perByte * bits) & mask) }
    }
  }
}
