import CSndfile
import Foundation
import KodamaCore

/// A sound file open for reading in blocks: everything libsndfile reads, known by content and not by name.
///
/// Nothing is allocated from what a header claims, and every sample read is a finite number.
public final class AudioFile {
  /// The file's path as it was given, or the name it goes by in messages.
  public let path: String
  /// Samples of one channel per second, in Hz.
  public let sampleRate: Int
  /// The number of channels.
  public let channels: Int
  /// Samples of one channel that the header claims, where it says so. Fewer may follow.
  public let claimedFrames: Int?
  /// The format's name by content, such as "WAV (Microsoft)".
  public let formatName: String
  /// What was odd so far: known from the header at first, or found while reading.
  public private(set) var warnings: [AudioWarning] = []
  /// The frame that the next read begins with.
  public private(set) var position = 0

  /// Frames decoded and dropped before a place that is jumped to: an MP3 decoder needs what came before, the overlap of
  /// the last block and a reservoir of bits of up to nine.
  private let leadIn: Int
  private let io: DescriptorIO
  private let handle: OpaquePointer

  /// Opens a file and checks its header.
  ///
  /// - Parameter name: what messages call it; nil: its path.
  /// - Throws: `FileFault.cannotRead` where there is no readable file; `AudioFault.empty`, `.notAudio`, `.malformed`.
  public init(_ file: String, as name: String? = nil) throws {
    let path = name ?? file
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
    do {
      var status = stat()
      if fstat(descriptor, &status) != 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
      if status.st_mode & S_IFMT != S_IFREG {
        throw FileFault.cannotRead(path: path, reason: "it is not a regular file")
      }
      if status.st_size == 0 { throw AudioFault.empty(path: path) }
      let source = ByteSource(path: path, descriptor: descriptor, length: Int(status.st_size))
      let header = try WaveHeader(source)
      io = DescriptorIO(descriptor: descriptor)
      var info = SF_INFO()
      guard let handle = io.open(mode: SFM_READ, &info) else {
        if let failure = io.failure { throw AudioFault.readFailed(path: path, reason: failure) }
        // libsndfile keeps the reason where other threads overwrite it.
        throw AudioFault.notAudio(path: path, reason: "no format that libsndfile knows, or a damaged header")
      }
      let format = AudioFormat(code: info.format)
      do {
        try AudioLimits.check(path: path, sampleRate: Int(info.samplerate), channels: Int(info.channels))
        warnings = try Self.warnings(source, header, format)
      } catch {
        sf_close(handle)
        throw error
      }
      // Nothing throws from here on: the deinitializer would close what the handler below closes too.
      self.handle = handle
      self.path = path
      sampleRate = Int(info.samplerate)
      channels = Int(info.channels)
      formatName = format.name
      leadIn = format.isMPEG ? 16 * 1_152 : 0
      claimedFrames = Self.claim(header, info)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit {
    sf_close(handle)
    close(io.descriptor)
  }

  /// Reads at most `frames` frames: interleaved samples, [time][channel], full scale ±1; fewer only at the end of the
  /// file, none after it.
  ///
  /// - Throws: `AudioFault.notFinite`, `.decodingFailed`, `.readFailed`.
  public func read(frames: Int) throws -> [Float] {
    precondition(frames >= 0, "the number of frames to read is \(frames)")
    let block = try [Float](unsafeUninitializedCapacity: frames * channels) { buffer, count in
      count = 0
      if frames == 0 { return }
      let got = Int(sf_readf_float(handle, buffer.baseAddress!, sf_count_t(frames)))
      if let failure = io.failure { throw AudioFault.readFailed(path: path, reason: failure) }
      count = got * channels
    }
    let got = block.count / channels
    if let bad = block.firstIndex(where: { !$0.isFinite }) {
      throw AudioFault.notFinite(path: path, frame: position + bad / channels, channel: bad % channels)
    }
    position += got
    if got < frames { try noteEnd() }
    return block
  }

  /// Moves to a frame, so that the next read begins with it.
  ///
  /// - Throws: `AudioFault.decodingFailed` where the file does not reach so far.
  public func seek(to frame: Int) throws {
    if frame == position { return }
    let target = max(0, frame - leadIn)
    let reached = sf_seek(handle, sf_count_t(target), SEEK_SET)
    if reached != sf_count_t(target) {
      throw AudioFault.decodingFailed(path: path, frame: frame, reason: String(cString: sf_strerror(handle)))
    }
    position = target
    if target < frame { _ = try read(frames: frame - target) }
    if position != frame {
      throw AudioFault.decodingFailed(path: path, frame: frame, reason: "the file ends at sample \(position)")
    }
  }

  /// At the end of what can be read: less than was claimed is a warning, an error of the decoder without that is one.
  private func noteEnd() throws {
    if let claimedFrames, position < claimedFrames {
      if !warnings.contains(where: \.isTruncation) {
        warnings.append(.truncated(claimedFrames: claimedFrames, presentFrames: position))
      }
    } else if sf_error(handle) != SF_ERR_NO_ERROR {
      throw AudioFault.decodingFailed(path: path, frame: position, reason: String(cString: sf_strerror(handle)))
    }
  }

  private static func claim(_ header: WaveHeader?, _ info: SF_INFO) -> Int? {
    if let header, header.isLinear {
      guard let bytes = header.claimedBytes else { return nil }
      return bytes / header.bytesPerFrame
    }
    // Where the length is not known libsndfile says a number near the largest.
    return AudioLimits.frames.contains(Int(info.frames)) ? Int(info.frames) : nil
  }

  private static func warnings(
    _ source: ByteSource, _ header: WaveHeader?, _ format: AudioFormat
  ) throws -> [AudioWarning] {
    var warnings: [AudioWarning] = []
    if let truncation = header?.truncation { warnings.append(truncation) }
    if let header, header.claimedBytes == 0, header.presentBytes > 0 {
      warnings.append(.emptyDataWithBytesFollowing(bytes: header.presentBytes))
    }
    if format.isMPEG, let tag = try MPEGLengthTag(source), tag.claimedBytes > tag.presentBytes {
      warnings.append(.truncatedStream(claimedBytes: tag.claimedBytes, presentBytes: tag.presentBytes))
    }
    if let name = format.misleadingExtension(of: source.path) {
      warnings.append(.nameOfAnotherFormat(name: name, content: format.name))
    }
    return warnings
  }
}

extension AudioWarning {
  /// Whether the file ends before what its header claims.
  var isTruncation: Bool {
    switch self {
    case .truncated, .truncatedStream: true
    case .emptyDataWithBytesFollowing, .nameOfAnotherFormat, .channelsCancel: false
    }
  }
}
