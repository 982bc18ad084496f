import Foundation
import KodamaCore

/// The bytes of a sound file, in an open file or in memory.
///
/// A window of the file is buffered, because headers and frames are read a few bytes at a time.
final class ByteSource {
  let path: String
  /// The file's length in bytes.
  let length: Int
  /// The open file; nil where the bytes are in memory.
  private let descriptor: Int32?
  private var window: [UInt8]
  private var windowStart = 0

  private static let windowBytes = 65_536

  /// Opens a file for reading.
  ///
  /// - Parameter name: its name in messages.
  /// - Throws: `FileFault.cannotRead` where the path is not a readable regular file.
  init(file: String, as name: String) throws {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FileFault.cannotRead(path: name, reason: FileFault.reason) }
    var status = stat()
    if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      let reason = status.st_mode == 0 ? FileFault.reason : "it is not a regular file"
      close(descriptor)
      throw FileFault.cannotRead(path: name, reason: reason)
    }
    path = name
    self.descriptor = descriptor
    length = Int(status.st_size)
    window = []
  }

  /// Reads from memory.
  init(path: String, bytes: [UInt8]) {
    self.path = path
    descriptor = nil
    length = bytes.count
    window = bytes
  }

  deinit { if let descriptor { close(descriptor) } }

  /// At most `count` bytes from `offset`; fewer at the end of the file.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    let count = max(0, min(count, length - offset))
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = count == 0 ? 0 : try read(UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
  }

  /// The four bytes at `offset` as a big-endian integer; nil where fewer remain.
  func word(at offset: Int) throws -> UInt32? {
    if offset < 0 || offset > length - 4 { return nil }
    if offset < windowStart || offset + 4 > windowStart + window.count {
      try fill(from: offset)
      if window.count < 4 { return nil }
    }
    let i = offset - windowStart
    return window.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: i, as: UInt32.self)) }
  }

  /// The byte at `offset`; nil after the end.
  func byte(at offset: Int) throws -> UInt8? {
    if offset < 0 || offset >= length { return nil }
    if offset < windowStart || offset >= windowStart + window.count {
      try fill(from: offset)
      if window.isEmpty { return nil }
    }
    return window[offset - windowStart]
  }

  /// Whether the bytes at `offset` equal ASCII text.
  func has(_ text: StaticString, at offset: Int) throws -> Bool {
    for i in 0..<text.utf8CodeUnitCount where try byte(at: offset + i) != text.utf8Start[i] { return false }
    return true
  }

  /// Fills a buffer with the bytes from `offset` on, and returns how many there were.
  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    var done = 0
    while done < buffer.count && offset + done < length {
      let position = offset + done
      if position < windowStart || position >= windowStart + window.count {
        if buffer.count - done >= Self.windowBytes {
          let got = try readFile(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]), at: position)
          if got == 0 { break }
          done += got
          continue
        }
        try fill(from: position)
        if window.isEmpty { break }
      }
      let from = position - windowStart
      let count = min(buffer.count - done, window.count - from)
      window.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + count]))
      }
      done += count
    }
    return done
  }

  private func fill(from offset: Int) throws {
    if descriptor == nil { return }
    windowStart = offset
    window = try [UInt8](unsafeUninitializedCapacity: min(Self.windowBytes, length - offset)) { buffer, count in
      count = 0
      count = try readFile(UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
  }

  private func readFile(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    guard let descriptor else { return 0 }
    while true {
      let got = pread(descriptor, buffer.baseAddress, min(buffer.count, length - offset), off_t(offset))
      if got >= 0 { return got }
      if errno != EINTR { throw AudioFault.readFailed(path: path, reason: FileFault.reason) }
    }
  }

  /// A little-endian integer, clamped to the largest `Int`.
  func integer(_ bytes: [UInt8], at offset: Int, bytes count: Int) -> Int {
    var value: UInt64 = 0
    for i in (0..<count).reversed() where offset + i < bytes.count { value = value << 8 | UInt64(bytes[offset + i]) }
    return Int(clamping: value)
  }

  /// Four characters, with unprintable ones as "?".
  func name(_ bytes: [UInt8], at offset: Int) -> String {
    String(
      decoding: bytes.dropFirst(offset).prefix(4).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") },
      as: UTF8.self)
  }

  func malformed(_ field: String, _ problem: String) -> AudioFault {
    .malformed(path: path, field: field, problem: problem)
  }
}
