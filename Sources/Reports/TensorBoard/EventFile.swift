import KodamaCore
import SwiftProtobuf

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An event file, open for writing.
final class EventFile {
  private let writer: FileWriter

  /// Creates a file, which must not exist.
  ///
  /// - Throws: `FileFault.cannotCreate`.
  init(_ path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    writer = FileWriter(descriptor: descriptor, path: path)
  }

  deinit { close(writer.descriptor) }

  /// Appends one record with a single system call.
  ///
  /// - Throws: `FileFault.cannotWrite`.
  func append(_ event: TensorBoardEvent) throws {
    // The same event always gives the same bytes.
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let payload: [UInt8] = try event.serializedBytes(options: options)
    try writer.write(EventRecord.bytes(payload))
  }
}

/// The frame of one event in a file: the length of the payload (64 bits), the masked CRC-32C of the length, the
/// payload, and its masked CRC-32C, little-endian. A reader detects a torn or damaged record by the checksums, and
/// stops there.
enum EventRecord {
  /// The record of a payload.
  static func bytes(_ payload: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(payload.count))
    return length + littleEndian(CRC32C.masked(length)) + payload + littleEndian(CRC32C.masked(payload))
  }

  private static func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// The cyclic redundancy check with Castagnoli's polynomial 0x1EDC6F41, bits reflected, as in iSCSI.
///
/// - Source: RFC 3720, B.4.
enum CRC32C {
  /// The remainders of all byte values by the reflected polynomial.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0x82f6_3b78 }
  }

  /// The checksum of some bytes: 0xe3069283 of "123456789".
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { rest, byte in rest >> 8 ^ table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)] }
  }

  /// The checksum rotated right by 15 bits, plus 0xa282ead8: event files store it in this form, because the CRC of
  /// bytes that contain their own CRC is unreliable.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }
}
