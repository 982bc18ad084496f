import Kodama

/// Trains as the page "Getting started" shows.
public func train() throws {
  var settings = TrainingSettings(try TimedPlan.preset(for: .seconds(900)))
  TimedPlan.chooseBatches(&settings)
  let job = try TrainingJob(
    corpus: "recordings", run: "runs/first", settings: settings, plan: TimedPlan(.seconds(900)))
  try job.train()
}

/// Generates into files and into memory.
public func generate() throws -> [Waveform] {
  let model = try WaveNetModel.load("runs/first")
  let sampling = try SamplingOptions(temperature: 0.95, topP: 0.99)
  let job = try GenerationJob(model: model, seed: 1, samples: 3 * model.sampleRate, sampling: sampling)
  try job.write(to: ["first.wav"])
  let inMemory: [Waveform] = try job.waveforms(streams: 2)
  return inMemory
}

/// Draws a single sample.
public func draw() throws -> Float {
  let model = try WaveNetModel.load("runs/first")
  let engine = try WaveNetEngine(model.network, model.parameters)
  var stream = WaveNetStream(engine, seed: 1)
  let table = model.companding.decodingTable
  let sample: Float = table[Int(stream.next())]
  return sample
}
