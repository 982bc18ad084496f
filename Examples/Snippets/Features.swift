import Kodama

/// Copies the recordings of a folder from their features as the page "Features over time" shows.
public func copyRecordings() throws {
  let model = try InferenceModel.load("runs/voice")
  let job = try CopySynthesisJob(model: model, of: "recordings", output: "copies")
  try job.prepare()
  _ = try job.write()
  for distance in try job.distances() { print(distance.copy, distance.melCepstralDistortion ?? .nan) }
}

/// Copies sound as it comes, block by block.
public func copyBlocks(_ blocks: [[Float]], by convention: LogMelConvention) throws -> [Float] {
  let model = try InferenceModel.load("runs/voice")
  var analysis = LogMelStream(try LogMel(convention))
  var synthesis = WaveNetStream(try WaveNetEngine(model), seed: 1)

  func copy(_ block: [Float]) throws -> [Float] {
    synthesis.add(features: try analysis.add(block).values)
    var samples = Array(repeating: Float(0), count: synthesis.availableSamples ?? 0)
    var span = samples.mutableSpan
    synthesis.fill(&span)
    return samples
  }
  return try blocks.flatMap(copy)
}
