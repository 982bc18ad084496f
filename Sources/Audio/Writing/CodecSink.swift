import CSndfile
import KodamaCore

/// Writes a compressed file through libsndfile: FLAC, Vorbis, Opus or MP3, lossy ones at libsndfile's default quality.
final class CodecSink: SampleSink {
  private let writer: FileWriter
  private let encoding: AudioEncoding
  private let channels: Int
  private let io: DescriptorIO
  private var handle: OpaquePointer?
  private var hasWritten = false

  /// Frames in one call: libsndfile's encoder of Vorbis buffers a whole call.
  private static let block = 4_096

  init(_ writer: FileWriter, encoding: AudioEncoding, sampleRate: Int, channels: Int) throws {
    self.writer = writer
    self.encoding = encoding
    self.channels = channels
    io = DescriptorIO(descriptor: writer.descriptor)
    var info = Self.info(encoding, sampleRate: sampleRate, channels: channels)
    handle = io.open(mode: SFM_WRITE, &info)
    if handle == nil {
      if let reason = io.failure { throw FileFault.cannotWrite(path: writer.path, reason: reason) }
      throw AudioFault.unsupportedOutput(
        path: writer.path,
        problem: "\(encoding.container.name) cannot hold \(Plural.text(channels, "channel")) at \(sampleRate) Hz "
          + "(\(String(cString: sf_strerror(nil)))); take WAV")
    }
  }

  deinit { if let handle { sf_close(handle) } }

  private static func info(_ encoding: AudioEncoding, sampleRate: Int, channels: Int) -> SF_INFO {
    var info = SF_INFO()
    info.samplerate = Int32(sampleRate)
    info.channels = Int32(channels)
    let format =
      switch encoding.container {
      case .flac: SF_FORMAT_FLAC | (encoding.sampleFormat == .pcm16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24)
      case .vorbis: SF_FORMAT_OGG | SF_FORMAT_VORBIS
      case .opus: SF_FORMAT_OGG | SF_FORMAT_OPUS
      case .mp3: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
      case .wav, .raw: preconditionFailure("\(encoding.container) is written without libsndfile")
      }
    info.format = Int32(format)
    return info
  }

  /// Whether this libsndfile was built with the encoder of a container.
  static func canWrite(_ container: AudioEncoding.Container) -> Bool {
    if [.wav, .raw].contains(container) { return true }
    let nowhere = DiscardedFile()
    // A rate and a number of channels that every encoder knows.
    var info = info(AudioEncoding(container), sampleRate: 48_000, channels: 1)
    guard let handle = nowhere.open(mode: SFM_WRITE, &info) else { return false }
    sf_close(handle)
    return true
  }

  func write(_ samples: [Float]) throws {
    for start in stride(from: 0, to: samples.count, by: Self.block * channels) {
      try writeBlock(samples[start..<min(samples.count, start + Self.block * channels)])
    }
  }

  private func writeBlock(_ samples: ArraySlice<Float>) throws {
    let count = sf_count_t(samples.count)
    let written =
      switch (encoding.container, encoding.sampleFormat) {
      case (.flac, .pcm16): sf_write_short(handle, samples.map(AudioEncoding.SampleFormat.int16), count)
      // libsndfile uses the upper 24 bits of 32.
      case (.flac, _): sf_write_int(handle, samples.map { AudioEncoding.SampleFormat.int24($0) << 8 }, count)
      default: sf_write_float(handle, samples.map { max(-1, min(1, $0)) }, count)
      }
    if written != count || io.failure != nil {
      throw FileFault.cannotWrite(path: writer.path, reason: io.failure ?? String(cString: sf_strerror(handle)))
    }
    hasWritten = true
  }

  func finish() throws {
    // libsndfile writes the header with the first samples, of which there may have been none.
    if !hasWritten {
      if encoding.container.isLossy {
        try writeBlock([Float](repeating: 0, count: channels)[...])
      } else {
        sf_command(handle, Int32(SFC_UPDATE_HEADER_NOW), nil, 0)
      }
    }
    sf_close(handle)
    handle = nil
    if let failure = io.failure { throw FileFault.cannotWrite(path: writer.path, reason: failure) }
  }
}
