import KodamaCore

/// A recording that a model cannot process as it is.
public enum ProcessingFault: Fault, Equatable {
  /// The sample rates differ.
  case sampleRatesDiffer(recording: String, rate: Int, model: String, modelRate: Double)
  /// A model's sample rate is no whole number, and a recording has another.
  case oddSampleRate(model: String, rate: Double)
  /// A model takes another number of channels.
  case channelCountsDiffer(recording: String, channels: Int, model: String, inputs: Int)
  /// A model's file does not give its loudness.
  case unknownLoudness(model: String)

  public var description: String {
    switch self {
    case .sampleRatesDiffer(let recording, let rate, let model, let modelRate):
      "\(recording) has \(rate) Hz, and \(model) is for \(NumberText.decimal(modelRate, 0)) Hz; convert the recording"
    case .oddSampleRate(let model, let rate):
      "\(model): its sample rate of \(rate) Hz is no whole number, so that nothing can be converted to it; give a recording "
        + "of that rate"
    case .channelCountsDiffer(let recording, let channels, let model, let inputs):
      "\(recording) has \(Plural.text(channels, "channel")), and \(model) takes \(inputs); give a recording with as many"
    case .unknownLoudness(let model):
      "\(model): metadata.loudness is missing, so that its loudness cannot be set; give a gain instead"
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
