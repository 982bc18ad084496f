import Foundation
import KodamaCore

/// A destination of interleaved finite samples, written in order, that completes the file after the last.
protocol SampleSink: AnyObject {
  func write(_ samples: [Float]) throws
  func finish() throws
}

/// Writes samples without a header.
final class RawSink: SampleSink {
  private let writer: FileWriter
  private let format: AudioEncoding.SampleFormat

  init(_ writer: FileWriter, format: AudioEncoding.SampleFormat) {
    self.writer = writer
    self.format = format
  }

  func write(_ samples: [Float]) throws { try writer.write(format.encode(samples)) }

  func finish() throws {}
}

/// Writes a WAV file. (Not through libsndfile: it cannot write WAV to a pipe.)
///
/// In a file, the header's sizes are written at the end, and a "JUNK" chunk of 28 bytes reserves space for the 64-bit
/// sizes of RF64, used when the data exceed `longForm`. In a pipe the sizes are those announced, or, where none are,
/// 0xFFFFFFFF, which readers interpret as "to the end".
///
/// - Source: EBU Tech 3306, "RF64: an extended file format for audio data".
final class WaveSink: SampleSink {
  private let writer: FileWriter
  private let format: AudioEncoding.SampleFormat
  private let sampleRate: Int
  private let channels: Int
  private let isSeekable: Bool
  private let longForm: Int
  /// The bytes of data that a pipe's header claims; nil for unknown.
  private let announcedBytes: Int?
  private var dataBytes = 0

  /// - Parameters:
  ///   - longForm: bytes of data from which the file is RF64. The sizes of RIFF have 32 bits.
  ///   - announced: samples of one channel that will be written into a pipe; nil where unknown.
  init(
    _ writer: FileWriter, format: AudioEncoding.SampleFormat, sampleRate: Int, channels: Int, isSeekable: Bool,
    longForm: Int = 0xFFFF_FF00, announced: Int? = nil
  ) throws {
    self.writer = writer
    self.format = format
    self.sampleRate = sampleRate
    self.channels = channels
    self.isSeekable = isSeekable
    self.longForm = longForm
    let bytes = announced.map { $0.multipliedReportingOverflow(by: channels * format.bytes) }
    announcedBytes =
      isSeekable ? nil : bytes.flatMap { $0.overflow || $0.partialValue >= longForm ? nil : $0.partialValue }
    try writer.write(header)
  }

  func write(_ samples: [Float]) throws {
    try writer.write(format.encode(samples))
    dataBytes += samples.count * format.bytes
  }

  func finish() throws {
    // Chunks have even lengths; one of unknown length has no end.
    if dataBytes % 2 != 0 && (isSeekable || dataBytes == announcedBytes) { try writer.write([0]) }
    if isSeekable { try writer.overwrite(header, at: 0) }
  }

  /// The header for the data so far, or in a pipe for those announced.
  private var header: [UInt8] {
    let dataBytes = announcedBytes ?? self.dataBytes
    let frameBytes = channels * format.bytes
    let isLong = isSeekable && dataBytes >= longForm
    let reserved = isSeekable ? 36 : 0
    let total = 4 + reserved + 24 + 8 + dataBytes + dataBytes % 2
    let unknown: UInt32 = 0xFFFF_FFFF
    let is32Bit = (isSeekable && !isLong) || announcedBytes != nil

    var bytes = Array((isLong ? "RF64" : "RIFF").utf8)
    bytes.append(littleEndian: is32Bit ? UInt32(total) : unknown)
    bytes += Array("WAVE".utf8)
    if isSeekable {
      bytes += Array((isLong ? "ds64" : "JUNK").utf8)
      bytes.append(littleEndian: UInt32(28))
      bytes.append(littleEndian: UInt64(isLong ? total : 0))
      bytes.append(littleEndian: UInt64(isLong ? dataBytes : 0))
      bytes.append(littleEndian: UInt64(isLong ? dataBytes / frameBytes : 0))
      bytes.append(littleEndian: UInt32(0))
    }
    bytes += Array("fmt ".utf8)
    bytes.append(littleEndian: UInt32(16))
    bytes.append(littleEndian: UInt16(format == .float32 ? 3 : 1))
    bytes.append(littleEndian: UInt16(channels))
    bytes.append(littleEndian: UInt32(sampleRate))
    bytes.append(littleEndian: UInt32(sampleRate * frameBytes))
    bytes.append(littleEndian: UInt16(frameBytes))
    bytes.append(littleEndian: UInt16(8 * format.bytes))
    bytes += Array("data".utf8)
    bytes.append(littleEndian: is32Bit ? UInt32(dataBytes) : unknown)
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}

extension FileWriter {
  /// Overwrites bytes at an offset without moving the file position.
  fileprivate func overwrite(_ bytes: [UInt8], at offset: Int) throws {
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    if written != bytes.count { throw FileFault.cannotWrite(path: path, reason: FileFault.reason) }
  }
}
