import Foundation
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaExport
@testable import KodamaInference

/// Networks on maps of several channels as ONNX.
@Suite struct MapGraphExportTests {
  private static let window = SlidingWindow(3, padding: .explicit(before: 1, after: 1))
  private static let convolution = Convolution(
    "conv", ConvolutionGeometry(inputChannels: 3, outputChannels: 5, windows: [window, window]))
  /// A linear layer of all numbers of a map, as a kernel of its size.
  private static let whole = Convolution(
    "whole", ConvolutionGeometry(inputChannels: 5, outputChannels: 4, windows: [SlidingWindow(4), SlidingWindow(6)]))
  private static let last = Linear("last", inputs: 5, outputs: 2)

  private static let parameters = Parameters<Float>(
    convolution.declarations + whole.declarations + last.declarations, seed: 3)

  private static let graph = MapGraph(of: parameters, input: [1, 4, 6, 3]) { x, pass in
    let y = convolution.forward(x, pass).relu()
    let means = last.forward(y.globalAverage(), pass)
    return [whole.forward(y, pass).globalAverage(), means, means]
  }

  private static let export = MapGraphExport(
    graph, name: "maps", about: "A network.", input: ("x", "The map."),
    outputs: [
      .init("shares", about: "Probabilities.", finish: .softmax), .init("bounded", about: "Bounded.", finish: .tanh),
      .init("plain", about: "As they are."),
    ], metadata: [("key", "value")])

  @Test func theEngineComputesAWholeKernel() {
    var random = Philox(seed: 1)
    let map = (0..<72).map { _ in Float(random.normal()) }
    let found = MapEngine(MapProgram(Self.graph)).run(map)
    let pass = Pass(Self.parameters)
    let y = Self.convolution.forward(pass.tape.constant(Tensor([1, 4, 6, 3], map)), pass).relu()
    expectClose(found[0], Self.whole.forward(y, pass).value.elements, tolerance: 1e-5, floor: 1e-2)
  }

  @Test(.enabled(if: Runtimes.onnxruntime != nil, "no Python with numpy and onnxruntime; name one with KODAMA_PYTHON"))
  func onnxruntimeGivesTheSame() throws {
    let (batch, engine) = (5, MapEngine(MapProgram(Self.graph)))
    var random = Philox(seed: 2)
    let maps = (0..<batch).map { _ in (0..<72).map { _ in Float(random.normal()) } }
    try withTemporaryFolder { folder in
      try Self.export.write(to: folder + "/maps.onnx")
      #expect(throws: FileFault.self) { try Self.export.write(to: folder + "/maps.onnx") }
      try write(maps.flatMap { $0 }.withUnsafeBytes { Array($0) }, to: folder + "/input")
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("classifier_check.py")
      let end = try #require(Runtimes.onnxruntime).run([script.path, folder, "\(batch)"])
      try #require(end.status == 0, "\(end.errors)")
      let expected = maps.map { engine.run($0) }
      let shares = expected.flatMap { outputs -> [Double] in
        let powers = outputs[0].map { exp(Double($0)) }
        return powers.map { $0 / powers.reduce(0, +) }
      }
      expectClose(try tensor(folder + "/shares", [batch, 4]).elements, shares, tolerance: 1e-5)
      let plain = try tensor(folder + "/plain", [batch, 2]).elements
      expectClose(plain, expected.flatMap { $0[2] }, tolerance: 1e-5, floor: 1e-2)
      let bounded = try tensor(folder + "/bounded", [batch, 2]).elements
      expectClose(bounded, plain.map { tanh(Double($0)) }, tolerance: 1e-5, floor: 1e-2)
      #expect(try String(contentsOfFile: folder + "/metadata", encoding: .utf8) == "key=value\n")
    }
  }
}
