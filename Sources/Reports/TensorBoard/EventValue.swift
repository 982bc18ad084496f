/// A value that TensorBoard shows over the steps, under a tag such as `loss/train`; tags are grouped by the part before
/// the slash.
package enum EventValue: Sendable, Equatable {
  /// A number, stored in single precision.
  case scalar(tag: String, Double)
  /// A sound: the bytes of a WAV file, its rate in Hz, and its samples per channel.
  case audio(tag: String, wave: [UInt8], sampleRate: Int, channels: Int, frames: Int)
  /// A picture without transparency: the bytes of a PNG file, and its size in pixels.
  case picture(tag: String, png: [UInt8], width: Int, height: Int)

  /// The value as a message of event files.
  var message: TensorBoardSummary.Value {
    .with {
      switch self {
      case .scalar(let tag, let number):
        $0.tag = tag
        $0.simpleValue = Float(number)
      case .audio(let tag, let wave, let sampleRate, let channels, let frames):
        $0.tag = tag
        $0.audio = .with {
          $0.sampleRate = Float(sampleRate)
          $0.numChannels = Int64(channels)
          $0.lengthFrames = Int64(frames)
          $0.encodedAudioString = .init(wave)
          $0.contentType = "audio/wav"
        }
      case .picture(let tag, let png, let width, let height):
        $0.tag = tag
        $0.image = .with {
          $0.width = Int32(width)
          $0.height = Int32(height)
          $0.colorspace = Self.rgb
          $0.encodedImageString = .init(png)
        }
      }
    }
  }

  /// The number of a picture's channels, which TensorBoard calls its color space.
  private static let rgb: Int32 = 3
}
