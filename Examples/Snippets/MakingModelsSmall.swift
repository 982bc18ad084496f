import Kodama

/// Quantizes a model, saves it and says what it lost.
public func quantize() throws {
  let model = try WaveNetModel.load("runs/first")
  let quantization = Quantization(.int4, keeping: ["blocks.0": .float32, "head": .int8])
  let job = try QuantizationJob(model: model, quantization: quantization, calibration: "recordings")
  let quantized = try job.quantize()
  try quantized.save(to: "first-int4")

  let report = try job.compare(quantized, seconds: 30)
  print(report.bitsPerSampleAfter - report.bitsPerSampleBefore)
}

/// Generates from a quantized model.
public func generateQuantized() throws {
  let model = try InferenceModel.load("first-int4")
  let job = try GenerationJob(model: model, seed: 1, samples: 3 * model.sampleRate)
  try job.write(to: ["first.wav"])
}

/// Quantizes a classifier, saves it and prints the share of labels that stay the same.
public func quantizeClassifier() throws {
  let job = try ClassifierQuantizationJob(model: .load("runs/ear"), calibration: "recordings")
  let quantized = try job.quantize(Quantization(.int8))
  try quantized.save(to: "ear-int8")
  print(try job.compare(quantized).sets[0].agreement)
}

/// Searches a model of at most 100 kB, saves it and writes a page on what was measured.
public func searchSmall() throws {
  let job = try CompressionSearchJob(model: .load("runs/first"), corpus: "recordings")
  if let found = try job.search(for: .bytes(100_000), seconds: 30) {
    try found.model.save(to: "first-100k")
    try found.report.writePage(to: "search.html", title: "At most 100 kB")
    print(found.report.chosen.bitsPerSampleLost)
  }
}
