import Kodama

/// What share of the order-0 entropy a model needs.
public func shareOfEntropy() throws -> Double {
  let model = try WaveNetModel.load("runs/first")
  let score = try ScoreJob(model: model, corpus: "recordings").score()
  let share = score.bitsPerSample / score.orderZeroEntropy
  return share
}

/// How far a sound is from recordings, as a share of how far noise is.
public func distanceBesideNoise() throws {
  let job = try EvaluationJob(
    reference: "recordings", generated: "first.wav", metrics: [AverageSpectrumDistance.metric], againstNoise: true)
  let result = try job.evaluate()
  if let distance = result.sets?.scores["ltas"], let noise = result.noise?.scores["ltas"] {
    print(distance / noise)
  }
}

/// When a recording has a pitch, and which.
public func pitchOverTime() throws -> [(time: Double, frequency: Double)] {
  let recording = try AudioFile.read("recordings/a.wav")
  let track = try PYIN(sampleRate: recording.sampleRate).tracks(of: recording)[0]
  let voiced = track.isVoiced.indices.filter { track.isVoiced[$0] }
  return voiced.map { (track.times[$0], track.frequencies[$0]) }
}

/// Whether a change made anything worse.
public func listWhatGotWorse() throws {
  let before = try EvaluationResult(path: "before.json")
  let after = try EvaluationJob(reference: "recordings", generated: "outputs").evaluate()
  let difference = try EvaluationDifference(before, after)
  for row in difference.rows where row.verdict == .worse { print(difference.message(of: row)) }
}
