import CSndfile

/// A stretch of a sound file that is decoded as a file of its own.
///
/// Most files are one part. Files that were joined, such as MP3 files appended to each other or chained Ogg streams, have
/// one for each, of which libsndfile itself would read the first only.
struct AudioPart: Equatable {
  /// Bytes that take the place of the stretch's own header.
  var prefix: [UInt8] = []
  /// The stretch of the file, in bytes.
  var range: Range<Int>
  /// Zeros after the stretch. They make a part long enough where libsndfile estimates the number of its samples from its
  /// length, and are never decoded, because `frames` is known there.
  var zeros = 0
  /// Samples of one channel, where they were counted; nil: what libsndfile finds.
  var frames: Int?
  /// Samples that end on the last page of an Ogg stream.
  var lastPageFrames = 0

  /// The bytes that libsndfile sees.
  var length: Int { prefix.count + range.count + zeros }
}

/// What a sound file is made of.
struct AudioParts: Equatable {
  /// The parts, read one after another.
  var parts: [AudioPart]
  /// What is odd about them.
  var warnings: [AudioWarning] = []

  /// The most parts that are taken for a file.
  static let limit = 4_096
}
