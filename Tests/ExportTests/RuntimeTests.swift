import Foundation
import KodamaExport
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

/// Both graphs in onnxruntime, held to the network.
@Suite(
  .enabled(
    if: Python.imports("numpy", "onnxruntime"),
    "there is no Python with numpy and onnxruntime; name one with KODAMA_PYTHON"))
struct RuntimeTests {
  static let tolerance: Float = 1e-4

  @Test(arguments: Examples.names) func bothGraphsGiveTheLogitsOfTheNetwork(name: String) throws {
    let model = try Examples.model(name)
    let example = ExampleInput(model.network, batch: 2, time: 150)
    let logits = model.network.logits(example.input, Pass(model.parameters)).value
    try withTemporaryFolder { folder in
      try WaveNetExport(model).write(to: folder + "/onnx")
      try example.bytes.write(to: URL(fileURLWithPath: folder + "/onnx/input"))
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("onnx_check.py")
      let end = try Python.run([script.path, folder + "/onnx", "\(example.batch)", "\(example.time)"])
      try #require(end.status == 0, "\(end.errors)")
      for graph in ["full", "step"] {
        expectClose(
          try tensor(folder + "/onnx/" + graph, logits.shape), logits, tolerance: Self.tolerance, "\(name), \(graph)")
      }
    }
  }
}
