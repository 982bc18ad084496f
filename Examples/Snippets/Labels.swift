import Kodama

/// Trains with labels as the page "Labels" shows.
public func trainWithLabels() throws {
  var settings = TrainingSettings(.tiny)
  settings.condition = ["instrument"]
  let pattern = try LabelPattern(#"(?<instrument>\w+)/"#)
  let job = try TrainingJob(
    corpus: "recordings", run: "runs/labels", settings: settings, labels: .pattern(pattern))
  try job.train(until: .steps(4000))
}

/// Finds the digit of a recording of a known speaker.
public func identifyDigit() throws -> String {
  let model = try InferenceModel.load("runs/digits")
  let job = try IdentificationJob(model: model, sources: ["mine.wav"], candidates: ["speaker=george"])
  let digit = try job.identify().files[0].sets[1].label
  return digit
}

/// Generates with labels.
public func generateWithLabels() throws -> [Float] {
  let engine = try WaveNetEngine(InferenceModel.load("runs/labels"))
  let conditioning = engine.configuration.conditioning
  let koto = try conditioning.conditions(["instrument": "koto"])
  let between = try conditioning.conditions(["instrument": "koto:0.7,bass:0.3"])
  var streams = WaveNetStreams(engine, conditions: [koto, between], seed: 1)
  streams.streams[1].condition(on: koto)  // from the next sample on
  var blocks = [[Float]](repeating: [Float](repeating: 0, count: 16_000), count: 2)
  streams.fill(&blocks)
  return blocks[1]
}
