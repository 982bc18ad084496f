import KodamaGeneration

/// The beginning of a signal that a model generates.
///
/// - Parameter path: a model folder, quantized or not, a checkpoint folder, or the folder of a training run.
/// - Returns: samples in [-1, 1] at the model's rate.
/// - Throws: `FileFault`, `CheckpointFault`, `WaveNetFault`, `GenerationFault`; each describes the remedy.
func sound(of path: String, seconds: Double, seed: UInt64) throws -> [Float] {
  let model = try InferenceModel.load(path)
  var stream = WaveNetStream(try WaveNetEngine(model), seed: seed)
  var samples = [Float](repeating: 0, count: Int(seconds * Double(model.sampleRate)))
  var block = samples.mutableSpan
  stream.fill(&block, workers: .all)
  return samples
}

// Samples of 16 bits, one a line.
for sample in try sound(of: CommandLine.arguments[1], seconds: 0.25, seed: 1) {
  print(Int16(clamping: Int((sample * 32_768).rounded())))
}
