import CSndfile
import Foundation
import TestSupport

/// The smallest sounds in each of the formats.
enum ExampleSounds {
  /// Files that one decoder reads.
  struct Format: Sendable {
    let name: String
    let summary: String
    let seeds: @Sendable () throws -> [[UInt8]]
  }

  static let formats = [
    Format(name: "wav", summary: "WAV, RF64 and their like") {
      let data = WaveBytes.ramp(20)
      return [
        WaveBytes(data: data).bytes, WaveBytes(channels: 2, bits: 24, data: WaveBytes.ramp(24)).bytes,
        WaveBytes(format: 3, bits: 32, data: WaveBytes.floats([0, 0.5, -1])).bytes,
        WaveBytes(claimedDataBytes: 0xFFFF_FFFF, data: data).bytes,
        try sound(SF_FORMAT_WAVEX | SF_FORMAT_PCM_16), try sound(SF_FORMAT_RF64 | SF_FORMAT_PCM_16),
        try sound(SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM), try sound(SF_FORMAT_W64 | SF_FORMAT_PCM_16),
      ]
    },
    Format(name: "mp3", summary: "MP3, with and without a length tag, and two joined") {
      let tagged = try sound(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, frames: 4000)
      return [tagged, try withoutTag(tagged), tagged + tagged]
    },
    Format(name: "ogg", summary: "Vorbis and Opus in Ogg") {
      try [SF_FORMAT_VORBIS, SF_FORMAT_OPUS].map { try sound(SF_FORMAT_OGG | $0) }
    },
    Format(name: "sound", summary: "FLAC, AIFF, AU and CAF") {
      try [SF_FORMAT_FLAC, SF_FORMAT_AIFF, SF_FORMAT_AU, SF_FORMAT_CAF].map { try sound($0 | SF_FORMAT_PCM_16) }
    },
  ]

  /// A sine as libsndfile writes it.
  private static func sound(_ format: Int, frames: Int = 100) throws -> [UInt8] {
    try withTemporaryFolder { folder in
      let path = folder + "/sound"
      var info = SF_INFO()
      (info.samplerate, info.channels, info.format) = (16_000, 1, Int32(format))
      let samples = (0..<frames).map { Float(0.5 * sin(0.2 * Double($0))) }
      let handle = sf_open(path, Int32(SFM_WRITE), &info)
      let written = sf_write_float(handle, samples, sf_count_t(frames))
      sf_close(handle)
      precondition(written == sf_count_t(frames), "libsndfile wrote \(written) of \(frames) samples")
      return try bytes(path)
    }
  }

  /// An MP3 file from its second frame on: the first holds the tag.
  private static func withoutTag(_ file: [UInt8]) throws -> [UInt8] {
    let second = file.indices.dropFirst(4).dropLast(2).first { file[$0] == file[0] && file[$0 + 1] == file[1] }
    return Array(file[(second ?? 0)...])
  }
}
