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
      let untagged = MP3Bytes.withoutTag(tagged)
      return [tagged, untagged, tagged + tagged, tagged + untagged]
    },
    Format(name: "ogg", summary: "Vorbis and Opus in Ogg, alone and joined") {
      let (vorbis, opus) = try (sound(SF_FORMAT_OGG | SF_FORMAT_VORBIS), sound(SF_FORMAT_OGG | SF_FORMAT_OPUS))
      return [vorbis, opus, opus + opus, opus + vorbis]
    },
    Format(name: "sound", summary: "FLAC, AIFF, AU and CAF") {
      try [SF_FORMAT_FLAC, SF_FORMAT_AIFF, SF_FORMAT_AU, SF_FORMAT_CAF].map { try sound($0 | SF_FORMAT_PCM_16) }
    },
  ]

  /// A sine as libsndfile writes it.
  private static func sound(_ format: Int, frames: Int = 100) throws -> [UInt8] {
    try CompressedBytes.encode((0..<frames).map { Float(0.5 * sin(0.2 * Double($0))) }, format: format)
  }
}
