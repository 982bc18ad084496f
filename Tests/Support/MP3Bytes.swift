import CSndfile
import Foundation

/// MP3 files, which nothing in the package writes.
public enum MP3Bytes {
  /// The bytes of an MP3 file of a sine at 16 kHz.
  public static func sine(seconds: Int) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      let path = folder + "/sine.mp3"
      var info = SF_INFO()
      info.samplerate = 16_000
      info.channels = 1
      info.format = Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
      let handle = sf_open(path, Int32(SFM_WRITE), &info)
      let samples = (0..<16_000 * seconds).map { Float(0.5 * sin(2 * Double.pi * 440 * Double($0) / 16_000)) }
      let written = sf_write_float(handle, samples, sf_count_t(samples.count))
      sf_close(handle)
      precondition(written == sf_count_t(samples.count), "libsndfile wrote \(written) of \(samples.count) samples")
      return try bytes(path)
    }
  }
}
