import CSndfile
import Foundation
import KodamaCore

/// Writes a FLAC file through libsndfile.
final class FLACSink: SampleSink {
  private let writer: FileWriter
  private let format: AudioEncoding.SampleFormat
  private let io: DescriptorIO
  private var handle: OpaquePointer?
  private var isBegun = false

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
      // libsndfile takes the upper 24 bits of 32.
      case .pcm24, .float32: sf_write_int(handle, samples.map { AudioEncoding.SampleFormat.int24($0) << 8 }, count)
      }
    if written != count || io.failure != nil {
      throw FileFault.cannotWrite(path: writer.path, reason: io.failure ?? String(cString: sf_strerror(handle)))
    }
    isBegun = true
  }

  func finish() throws {
    // libsndfile writes the header with the first samples, which may never have come.
    if !isBegun { sf_command(handle, Int32(SFC_UPDATE_HEADER_NOW), nil, 0) }
    sf_close(handle)
    handle = nil
    if let failure = io.failure { throw FileFault.cannotWrite(path: writer.path, reason: failure) }
  }
}
