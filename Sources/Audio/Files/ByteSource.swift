import Foundation
import KodamaCore

/// Reads single fields of a file's header wherever they are, without moving the place at which others read.
struct ByteSource {
  let path: String
  let descriptor: Int32
  /// The file's length in bytes.
  let length: Int

  /// At most `count` bytes from `offset`; fewer at the end of the file.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    let count = max(0, min(count, length - offset))
    var buffer = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &buffer, count, off_t(offset))
    if got < 0 { throw AudioFault.readFailed(path: path, reason: FileFault.reason) }
    return Array(buffer.prefix(got))
  }

  /// A little-endian integer; one that does not fit counts as the largest.
  func integer(_ bytes: [UInt8], at offset: Int, bytes count: Int) -> Int {
    var value: UInt64 = 0
    for i in (0..<count).reversed() where offset + i < bytes.count { value = value << 8 | UInt64(bytes[offset + i]) }
    return Int(clamping: value)
  }

  /// Four characters, those that cannot be printed as "?".
  func name(_ bytes: [UInt8], at offset: Int) -> String {
    String(
      decoding: bytes.dropFirst(offset).prefix(4).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") },
      as: UTF8.self)
  }

  func malformed(_ field: String, _ problem: String) -> AudioFault {
    .malformed(path: path, field: field, problem: problem)
  }
}
