import Kodama

/// Goes on from one state twice.
public func branch() throws -> [[Float]] {
  let engine = try WaveNetEngine(InferenceModel.load("first-int8"))
  var stream = WaveNetStream(engine, seed: 1)
  var beginning = Array<Float>(repeating: 0, count: 8000)
  var samples = beginning.mutableSpan
  stream.fill(&samples, workers: .all)

  let state = stream.state
  let saved: [UInt8] = state.bytes
  var again = WaveNetStream(try StreamState(saved, for: engine))
  var other = stream.forked(seed: 2)
  return [[engine.decodingTable[again.next()]], [engine.decodingTable[other.next()]]]
}

/// Generates many signals at once.
public func many() throws -> [[Float]] {
  let engine = try WaveNetEngine(InferenceModel.load("first-int8"))
  var streams = WaveNetStreams(engine, count: 3, seed: 1)
  var blocks = [16_000, 12_000, 4_000].map { Array<Float>(repeating: 0, count: $0) }
  streams.fill(&blocks, workers: .all)
  return blocks
}
