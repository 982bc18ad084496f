/// The records of an event file, read as their format says, one after the other: the length of the payload (64 bits) and
/// its masked CRC-32C, the payload and its masked CRC-32C, little-endian.
public struct EventRecords: Sendable {
  /// What the records hold.
  public private(set) var payloads: [[UInt8]] = []
  /// The bytes that belong to whole records; fewer than the file has where it is torn or damaged.
  public private(set) var length = 0

  /// Reads until the end, or the first record that is torn or damaged.
  public init(_ file: [UInt8]) {
    while let payload = Self.payload(file[length...]) {
      payloads.append(payload)
      length += payload.count + 16
    }
  }

  private static func payload(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    guard bytes.count >= 12 else { return nil }
    let (size, rest) = (bytes.prefix(8), bytes.dropFirst(12))
    let count = Int(clamping: number(size))
    guard number(bytes.dropFirst(8).prefix(4)) == masked(size), rest.count >= 4, count <= rest.count - 4 else {
      return nil
    }
    let payload = rest.prefix(count)
    return number(rest.dropFirst(count).prefix(4)) == masked(payload) ? Array(payload) : nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Bit by bit, where the writer has a table.
  private static func masked(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var rest = ~UInt32(0)
    for byte in bytes {
      rest ^= UInt32(byte)
      for _ in 0..<8 { rest = rest >> 1 ^ (0x82f6_3b78 & (0 &- (rest & 1))) }
    }
    return UInt64((~rest >> 15 | ~rest << 17) &+ 0xa282_ead8)
  }
}
