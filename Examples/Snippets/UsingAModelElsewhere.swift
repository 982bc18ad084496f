import Kodama

/// Exports as the page "Using a model elsewhere" shows.
public func export() throws {
  let model = try InferenceModel.load("runs/first")
  try ExportJob(model: model, format: .onnx).write(to: "onnx")
  try ExportJob(classifier: .load("runs/ear"), format: .onnx).write(to: "ear-onnx")
}

/// Imports as that page shows.
public func importVocoder() throws {
  let architecture = try ImportJob.Architecture(file: "vocoder/config.json")
  let job = try ImportJob(weights: "vocoder/weights", mapping: "vocoder/mapping.json", architecture: architecture)
  for row in job.assignment.problems { print(row) }
  try job.model().save(to: "ours")
}
