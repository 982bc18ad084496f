import KodamaCore

/// Takes blocks of interleaved finite samples, in order, and completes the file after the last.
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
