/// The frame of one event in a file: the length of the payload (64 bits), the masked CRC-32C of the length, the
/// payload, and its masked CRC-32C, little-endian. A reader knows a torn or damaged record by it, and stops there.
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
