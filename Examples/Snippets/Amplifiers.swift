import Kodama

/// Plays samples through a model in blocks of 64, as a host does.
public func amplified(_ samples: [Float], by path: String) throws -> [Float] {
  var output: [Float] = []
  let processor = AmplifierProcessor(try AmplifierModel(contentsOf: path))
  for start in stride(from: 0, to: samples.count, by: 64) {
    output += processor.process(Array(samples[start..<min(start + 64, samples.count)]))
  }
  return output
}
