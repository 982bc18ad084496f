/// A section of a sound file that is decoded as a separate file.
///
/// Most files are one part. Joined files, such as concatenated MP3 files or chained Ogg streams, have several, of which
/// libsndfile itself would read only the first.
struct AudioPart: Equatable {
  /// Bytes that replace the section's own header.
  var prefix: [UInt8] = []
  /// The section of the file, in bytes.
  var range: Range<Int>
  /// Zeros after the section. They make a part long enough where libsndfile estimates the number of its samples from
  /// its length, and are never decoded, because `frames` is known there.
  var zeros = 0
  /// Samples of one channel, where they were counted; nil to use libsndfile's number.
  var frames: Int?
  /// Samples that end on the last page of an Ogg stream.
  var lastPageFrames = 0

  /// The number of bytes presented to libsndfile.
  var length: Int { prefix.count + range.count + zeros }
}

/// The parts of a sound file.
struct AudioParts: Equatable {
  /// The parts, read one after another.
  var parts: [AudioPart]
  /// Warnings about them.
  var warnings: [AudioWarning] = []

  /// The maximum number of parts.
  static let limit = 4_096
}
