import CSndfile
import Foundation
import KodamaCore

/// A sound file open for reading in blocks: every format that libsndfile reads, detected by content and not by name.
///
/// A file of several streams, such as joined MP3 files or a chain of Ogg streams, is read as one sound where they have
/// the same sample rate and number of channels. Allocations never depend on the header's claims, and every sample read
/// is finite.
public final class AudioFile {
  /// The file's path as given, or its name in messages.
  public let path: String
  /// Samples of one channel per second, in Hz.
  public let sampleRate: Int
  /// The number of channels.
  public let channels: Int
  /// Samples of one channel as claimed by the file or as counted; nil where unknown. The file may end earlier.
  public let claimedFrames: Int?
  /// The name of the format, detected from the content, such as "WAV (Microsoft)".
  public let formatName: String
  /// Warnings so far: from the header, and those found while reading.
  public private(set) var warnings: [AudioWarning] = []
  /// The frame at which the next read starts.
  public private(set) var position = 0

  /// Frames decoded and dropped before a seek target: an MP3 decoder depends on earlier frames, through the overlap
  /// with the last block and a bit reservoir of up to nine blocks.
  private let leadIn: Int
  private let source: ByteSource
  private let streams: AudioStreams
  private var current: Int
  private var decoder: PartDecoder

  /// Opens a file and checks its header.
  ///
  /// - Parameter name: its name in messages; its path where nil.
  /// - Throws: `FileFault.cannotRead` where there is no readable file; `AudioFault.empty`, `.notAudio`,
  ///   `.unreadFormat`, `.malformed`.
  public convenience init(_ file: String, as name: String? = nil) throws {
    try self.init(try ByteSource(file: file, as: name ?? file))
  }

  /// Opens the content of a file that is in memory.
  ///
  /// - Parameter name: its name in messages.
  /// - Throws: `AudioFault.empty`, `.notAudio`, `.unreadFormat`, `.malformed`.
  package convenience init(bytes: [UInt8], as name: String) throws {
    try self.init(ByteSource(path: name, bytes: bytes))
  }

  /// Opens the content of a file.
  ///
  /// - Throws: `AudioFault.empty`, `.notAudio`, `.unreadFormat`, `.malformed`, `.readFailed`.
  init(_ source: ByteSource) throws {
    if source.length == 0 { throw AudioFault.empty(path: source.path) }
    let streams = try AudioStreams(source)
    let decoder = try streams.open(0, of: source)
    self.source = source
    self.streams = streams
    self.decoder = decoder
    current = 0
    path = source.path
    sampleRate = Int(decoder.info.samplerate)
    channels = decoder.channels
    formatName = streams.format.name
    leadIn = streams.format.isMPEG ? 16 * 1_152 : 0
    claimedFrames = streams.frames
    warnings = streams.warnings
    if let name = streams.format.misleadingExtension(of: path) {
      warnings.append(.nameOfAnotherFormat(name: name, content: formatName))
    }
  }

  /// Reads at most `frames` frames: interleaved samples, [time][channel], full scale ±1; fewer only at the end of the
  /// file, none after it.
  ///
  /// - Throws: `AudioFault.notFinite`, `.decodingFailed`, `.readFailed`.
  public func read(frames: Int) throws -> [Float] {
    precondition(frames >= 0, "the number of frames to read is \(frames)")
    let block = try [Float](unsafeUninitializedCapacity: frames * channels) { buffer, count in
      count = 0
      while count < frames * channels {
        let got = decoder.read(buffer.baseAddress! + count, frames: frames - count / channels)
        if let failure = decoder.failure { throw AudioFault.readFailed(path: path, reason: failure) }
        count += got * channels
        if count < frames * channels, try !advanceStream(at: position + count / channels) { break }
      }
    }
    if let bad = block.firstIndex(where: { !$0.isFinite }) {
      throw AudioFault.notFinite(path: path, frame: position + bad / channels, channel: bad % channels)
    }
    position += block.count / channels
    return block
  }

  /// Moves to a frame, at which the next read starts.
  ///
  /// - Throws: `AudioFault.decodingFailed` where the file ends before it.
  public func seek(to frame: Int) throws {
    if frame == position { return }
    let stream = streams.index(of: frame)
    if stream != current { try open(stream) }
    let within = frame - streams.starts[stream]
    let target = max(0, min(within - leadIn, decoder.lastSeekableFrame))
    // Where the last page is also the first, it is decoded again.
    if decoder.lastSeekableFrame == 0 && decoder.position > 0 { try open(stream) }
    if !decoder.seek(to: target) {
      throw AudioFault.decodingFailed(path: path, frame: frame, reason: decoder.error ?? "it cannot be reached")
    }
    position = streams.starts[stream] + target
    if position < frame { _ = try read(frames: frame - position) }
    if position != frame {
      throw AudioFault.decodingFailed(path: path, frame: frame, reason: "the file ends at sample \(position)")
    }
  }

  /// Continues with the next stream at the end of one; returns whether there is one.
  private func advanceStream(at frame: Int) throws -> Bool {
    if current == streams.parts.count - 1 {
      try noteEnd(at: frame)
      return false
    }
    if frame != streams.starts[current + 1] {
      // Later samples would no longer be at the positions that seeking uses.
      let stream = "stream \(current + 1) of \(streams.parts.count) of this file"
      throw AudioFault.decodingFailed(
        path: path, frame: frame, reason: decoder.error ?? "\(stream) holds fewer samples than it claims")
    }
    try open(current + 1)
    return true
  }

  private func open(_ stream: Int) throws {
    decoder = try streams.open(stream, of: source)
    current = stream
  }

  /// More than a FLAC decoder reads past the end, or a text tag occupies.
  private static let negligibleBytes = 16_384

  /// Checks the end of the readable data: fewer frames than claimed are a warning; a decoder error without that is an
  /// error. Remaining bytes of a FLAC file are a warning too, because appended data is only found by decoding.
  private func noteEnd(at frame: Int) throws {
    if let claimedFrames, frame < claimedFrames {
      if !warnings.contains(where: \.isTruncation) {
        warnings.append(.truncated(claimedFrames: claimedFrames, presentFrames: frame))
      }
    } else if let error = decoder.error {
      throw AudioFault.decodingFailed(path: path, frame: frame, reason: error)
    } else if streams.format.isFLAC, decoder.unreadBytes > Self.negligibleBytes {
      let warning = AudioWarning.bytesAfterAudio(decoder.unreadBytes)
      if !warnings.contains(where: \.isAfterAudio) { warnings.append(warning) }
    }
  }
}
