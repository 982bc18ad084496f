import Kodama

/// Tunes a model towards a pitch of 660 Hz.
public func tuneHigh(_ model: String, run: String) throws {
  var settings = TuningSettings(rewards: ["pitch=660"])
  (settings.soundSeconds, settings.steps) = (0.5, 300)
  try TuningJob(model: model, run: run, settings: settings).tune()
}
