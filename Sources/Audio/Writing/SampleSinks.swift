import CSndfile
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
/// sizes of RF64, used when the data exceed `longForm`. In a pipe the sizes are 0xFFFFFFFF, which readers interpret as
/// "to the end".
///
/// - Source: EBU Tech 3306, "RF64: an extended file format for audio data".
final class WaveSink: SampleSink {
  private let writer: FileWriter
  private let format: AudioEncoding.SampleFormat
  private let sampleRate: Int
  private let channels: Int
  private let isSeekable: Bool
  private let longForm: Int
  private var dataBytes = 0

  /// - Parameter longForm: bytes of data from which the file is RF64. The sizes of RIFF have 32 bits.
  init(
    _ writer: FileWriter, format: AudioEncoding.SampleFormat, sampleRate: Int, channels: Int, isSeekable: Bool,
    longForm: Int = 0xFFFF_FF00
  ) throws {
    self.writer = writer
    self.format = format
    self.sampleRate = sampleRate
    self.channels = channels
    self.isSeekable = isSeekable
    self.longForm = longForm
    try writer.write(header)
  }

  func write(_ samples: [Float]) throws {
    try writer.write(format.encode(samples))
    dataBytes += samples.count * format.bytes
  }

  func finish() throws {
    if !isSeekable { return }
    if dataBytes % 2 != 0 { try writer.write([0]) }
    try writer.overwrite(header, at: 0)
  }

  /// The header for the data so far.
  private var header: [UInt8] {
    let frameBytes = channels * format.bytes
    let isLong = isSeekable && dataBytes >= longForm
    let reserved = isSeekable ? 36 : 0
    let total = 4 + reserved + 24 + 8 + dataBytes + dataBytes % 2
    let unknown: UInt32 = 0xFFFF_FFFF
    let is32Bit = isSeekable && !isLong

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

/// Writes a FLAC file through libsndfile.
final class FLACSink: SampleSink {
  private let writer: FileWriter
  private let format: AudioEncoding.SampleFormat
  private let io: DescriptorIO
  private var handle: OpaquePointer?
  private var hasWritten = false

  init(_ writer: FileWriter, format: AudioEncoding.SampleFormat, sampleRate: Int, channels: Int) throws {
    self.writer = writer
    self.format = format
    io = DescriptorIO(descriptor: writer.descriptor)
    var info = SF_INFO()
    info.samplerate = Int32(sampleRate)
    info.channels = Int32(channels)
    info.format = Int32(SF_FORMAT_FLAC | (format == .pcm16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24))
    handle = io.open(mode: SFM_WRITE, &info)
    if handle == nil {
      let reason = io.failure ?? String(cString: sf_strerror(nil))
      throw FileFault.cannotWrite(path: writer.path, reason: reason)
    }
  }

  deinit { if let handle { sf_close(handle) } }

  func write(_ samples: [Float]) throws {
    let count = sf_count_t(samples.count)
    let written =
      switch format {
      case .pcm16: sf_write_short(handle, samples.map(AudioEncoding.SampleFormat.int16), count)
      // libsndfile uses the upper 24 bits of 32.
      case .pcm24, .float32: sf_write_int(handle, samples.map { AudioEncoding.SampleFormat.int24($0) << 8 }, count)
      }
    if written != count || io.failure != nil {
      throw FileFault.cannotWrite(path: writer.path, reason: io.failure ?? String(cString: sf_strerror(handle)))
    }
    hasWritten = true
  }

  func finish() throws {
    // libsndfile writes the header with the first samples, of which there may have been none.
    if !hasWritten { sf_command(handle, Int32(SFC_UPDATE_HEADER_NOW), nil, 0) }
    sf_close(handle)
    handle = nil
    if let failure = io.failure { throw FileFault.cannotWrite(path: writer.path, reason: failure) }
  }
}
