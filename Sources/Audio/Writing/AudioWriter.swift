import KodamaCore
import KodamaSignal

/// Writes sound in blocks with bounded memory.
///
/// A file appears under its name when `finish` returns; a writer released before that leaves nothing behind. A pipe is
/// written immediately.
public final class AudioWriter {
  /// The path, or the name of the output in messages.
  public let path: String
  /// The encoding.
  public let encoding: AudioEncoding
  /// Samples of one channel per second, in Hz.
  public let sampleRate: Int
  /// The number of channels.
  public let channels: Int
  /// Samples of one channel written so far.
  public private(set) var frames = 0

  private let pending: PendingFile?
  private var sink: (any SampleSink)?

  /// A writer of a file.
  ///
  /// - Parameter encoding: by the extension, with 16-bit samples, where nil.
  /// - Throws: `FileFault.exists`, `.cannotCreate` before any work; `AudioFault.unsupportedOutput`.
  public convenience init(
    path: String, encoding: AudioEncoding? = nil, sampleRate: Int, channels: Int = 1, existing: AtomicFile.Existing
  ) throws {
    let encoding = try encoding ?? AudioEncoding(forName: path)
    try Self.check(path, encoding, sampleRate: sampleRate, channels: channels)
    let pending = try PendingFile(path: path, existing: existing)
    try self.init(
      pending.writer, pending: pending, encoding: encoding, sampleRate: sampleRate, channels: channels)
  }

  /// A writer to an open pipe or another stream that cannot seek: WAV or raw samples.
  ///
  /// - Parameter frames: samples of one channel that will be written, for the header of WAV; its sizes are unknown where
  ///   nil, or where they exceed 32 bits.
  /// - Throws: `AudioFault.unsupportedOutput`, `FileFault`.
  public convenience init(
    to writer: FileWriter, encoding: AudioEncoding = AudioEncoding(), sampleRate: Int, channels: Int = 1,
    frames: Int? = nil
  ) throws {
    try Self.check(writer.path, encoding, sampleRate: sampleRate, channels: channels)
    try self.init(
      writer, pending: nil, encoding: encoding, sampleRate: sampleRate, channels: channels, announced: frames)
  }

  private init(
    _ writer: FileWriter, pending: PendingFile?, encoding: AudioEncoding, sampleRate: Int, channels: Int,
    announced: Int? = nil
  ) throws {
    path = writer.path
    self.encoding = encoding
    self.sampleRate = sampleRate
    self.channels = channels
    self.pending = pending
    let isSeekable = pending.map { !$0.isInPlace } ?? false
    switch encoding.container {
    case .wav:
      sink = try WaveSink(
        writer, format: encoding.sampleFormat, sampleRate: sampleRate, channels: channels, isSeekable: isSeekable,
        announced: announced)
    case .raw: sink = RawSink(writer, format: encoding.sampleFormat)
    case .flac, .vorbis, .opus, .mp3:
      if !isSeekable {
        throw AudioFault.unsupportedOutput(
          path: path, problem: "\(encoding.container.name) cannot be written to a pipe; take WAV")
      }
      sink = try CodecSink(writer, encoding: encoding, sampleRate: sampleRate, channels: channels)
    }
  }

  deinit {
    // The sink may still write when it is closed, so it is released before the file's descriptor.
    sink = nil
    pending?.discard()
  }

  /// Writes interleaved samples, [time][channel], full scale ±1; integers are rounded and clamped.
  ///
  /// - Throws: `AudioFault.notFinite`; `FileFault.cannotWrite`, `.brokenPipe`. The file is then discarded.
  public func write(_ samples: [Float]) throws {
    precondition(samples.count % channels == 0, "\(samples.count) samples are no frames of \(channels) channels")
    guard let sink else { preconditionFailure("\(path) was finished or has failed before") }
    do {
      if let bad = samples.firstIndex(where: { !$0.isFinite }) {
        throw AudioFault.notFinite(path: path, frame: frames + bad / channels, channel: bad % channels)
      }
      try sink.write(samples)
    } catch {
      abandon()
      throw error
    }
    frames += samples.count / channels
  }

  /// Completes the file and publishes it under its name.
  ///
  /// - Throws: `FileFault`; nothing is then left behind.
  public func finish() throws {
    guard let sink else { preconditionFailure("\(path) was finished or has failed before") }
    do {
      try sink.finish()
      self.sink = nil
      try pending?.publish()
    } catch {
      abandon()
      throw error
    }
  }

  /// Writes a whole waveform to a file.
  ///
  /// - Throws: as the writer does.
  public static func write(
    _ waveform: Waveform, to path: String, encoding: AudioEncoding? = nil, existing: AtomicFile.Existing
  ) throws {
    let channels = waveform.channels.count
    let writer = try AudioWriter(
      path: path, encoding: encoding, sampleRate: waveform.sampleRate, channels: channels, existing: existing)
    for start in stride(from: 0, to: waveform.frames, by: 65_536) {
      let count = min(65_536, waveform.frames - start)
      var block = [Float](repeating: 0, count: count * channels)
      for (index, channel) in waveform.channels.enumerated() {
        for t in 0..<count { block[t * channels + index] = channel[start + t] }
      }
      try writer.write(block)
    }
    try writer.finish()
  }

  private func abandon() {
    sink = nil
    pending?.discard()
  }

  private static func check(_ path: String, _ encoding: AudioEncoding, sampleRate: Int, channels: Int) throws {
    if let (field, problem) = AudioLimits.problem(sampleRate: sampleRate, channels: channels) {
      throw AudioFault.unsupportedOutput(path: path, problem: "\(field): \(problem)")
    }
    try encoding.check(path: path)
    if let problem = encoding.container.problem(sampleRate: sampleRate, channels: channels) {
      throw AudioFault.unsupportedOutput(path: path, problem: problem)
    }
  }
}
