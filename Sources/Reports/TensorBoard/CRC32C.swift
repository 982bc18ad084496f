/// The cyclic redundancy check with Castagnoli's polynomial 0x1EDC6F41, bits reflected, as iSCSI has it.
///
/// - Source: RFC 3720, B.4.
enum CRC32C {
  /// The remainders of all bytes, by the reflected polynomial.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0x82f6_3b78 }
  }

  /// The checksum of some bytes: 0xe3069283 of "123456789".
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { rest, byte in rest >> 8 ^ table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)] }
  }

  /// The checksum turned by 15 bits to the right, plus 0xa282ead8: event files hold it in this form, because the
  /// checksum of bytes that contain their own checksum says little.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }
}
