import Kodama

/// Exports as the page "Using a model elsewhere" shows.
public func export() throws {
  let model = try InferenceModel.load("runs/first")
  try ExportJob(model: model, format: .onnx).write(to: "onnx")
}
