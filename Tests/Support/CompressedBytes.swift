import CSndfile
import Foundation

/// Compressed files, which nothing in the package writes.
public enum CompressedBytes {
  /// The bytes of a file that libsndfile writes from samples of one or more channels, interleaved.
  ///
  /// - Parameters:
  ///   - format: a format of libsndfile, such as `SF_FORMAT_OGG | SF_FORMAT_VORBIS`.
  ///   - isVariable: whether the bit rate of an MP3 file follows the sound.
  public static func encode(
    _ samples: [Float], format: Int, sampleRate: Int = 16_000, channels: Int = 1, isVariable: Bool = false
  ) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      let path = folder + "/sound"
      var info = SF_INFO()
      (info.samplerate, info.channels, info.format) = (Int32(sampleRate), Int32(channels), Int32(format))
      let handle = sf_open(path, Int32(SFM_WRITE), &info)
      precondition(handle != nil, "libsndfile cannot write this format: \(String(cString: sf_strerror(nil)))")
      if isVariable {
        var mode = Int32(SF_BITRATE_MODE_VARIABLE)
        sf_command(handle, Int32(SFC_SET_BITRATE_MODE), &mode, Int32(MemoryLayout<Int32>.size))
      }
      let written = sf_write_float(handle, samples, sf_count_t(samples.count))
      sf_close(handle)
      precondition(written == sf_count_t(samples.count), "libsndfile wrote \(written) of \(samples.count) samples")
      return try bytes(path)
    }
  }
}

/// MP3 files.
public enum MP3Bytes {
  public static let format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III

  /// The bytes of an MP3 file of a sine at 16 kHz, with a length tag.
  public static func sine(seconds: Int) throws -> [UInt8] {
    try CompressedBytes.encode(
      (0..<16_000 * seconds).map { Float(0.5 * sin(2 * Double.pi * 440 * Double($0) / 16_000)) }, format: format)
  }

  /// The places of the frames of an MP3 file of 16 kHz (MPEG-2, layer III) without anything else in it.
  public static func frames(_ bytes: [UInt8]) -> [Range<Int>] {
    let kilobits = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    var places: [Range<Int>] = []
    var place = 0
    while place + 4 <= bytes.count, bytes[place] == 0xFF, bytes[place + 1] & 0xF6 == 0xF2 {
      let padding = Int(bytes[place + 2] >> 1 & 1)
      let length = 72_000 * kilobits[Int(bytes[place + 2] >> 4)] / 16_000 + padding
      places.append(place..<place + length)
      place += length
    }
    return places
  }

  /// The same file without its first frame, the length tag.
  public static func withoutTag(_ bytes: [UInt8]) -> [UInt8] { Array(bytes[frames(bytes)[0].upperBound...]) }
}
