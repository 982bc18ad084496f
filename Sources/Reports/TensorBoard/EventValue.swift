/// A value that TensorBoard shows over the steps, under a tag such as `loss/train`; tags are grouped by the part before
/// the slash.
package enum EventValue: Sendable, Equatable {
  /// A number, stored in single precision.
  case scalar(tag: String, Double)
  /// A sound: the bytes of a WAV file, its rate in Hz, and its samples per channel.
  case audio(tag: String, wave: [UInt8], sampleRate: Int, channels: Int, frames: Int)
  /// A picture without transparency: the bytes of a PNG file, and its size in pixels.
  case picture(tag: String, png: [UInt8], width: Int, height: Int)
  /// The start of a session, with its hyperparameters, of which each name stands once; the time in seconds since 1970.
  case sessionStart([Hyperparameter], time: Double)
  /// The end of a session, and whether it was successful.
  case sessionEnd(succeeded: Bool, time: Double)

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
      case .sessionStart(let hyperparameters, let time):
        $0.setHyperparameters(tag: "_hparams_/session_start_info") {
          $0.sessionStartInfo.startTimeSecs = time
          $0.sessionStartInfo.hparams = Dictionary(uniqueKeysWithValues: hyperparameters.map { ($0.name, $0.message) })
        }
      case .sessionEnd(let succeeded, let time):
        $0.setHyperparameters(tag: "_hparams_/session_end_info") {
          $0.sessionEndInfo.status = succeeded ? .success : .failure
          $0.sessionEndInfo.endTimeSecs = time
        }
      }
    }
  }

  /// The number of a picture's channels, which TensorBoard calls its color space.
  private static let rgb: Int32 = 3
}
