import Foundation
import KodamaCompression
import KodamaCore
import KodamaExport
import KodamaGeneration
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

/// Both graphs in onnxruntime, held to the network.
@Suite(.enabled(if: Runtimes.onnxruntime != nil, "no Python with numpy and onnxruntime; name one with KODAMA_PYTHON"))
struct RuntimeTests {
  static let tolerance = 1e-4

  /// What both graphs of a model give for an example, [B, T, classes].
  private func run(_ model: InferenceModel, _ example: ExampleInput) throws -> [(name: String, logits: Tensor<Float>)] {
    try withTemporaryFolder { folder in
      let path = folder + "/onnx"
      try WaveNetExport(model).write(to: path)
      try example.write(toFolder: path)
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("onnx_check.py")
      let end = try #require(Runtimes.onnxruntime).run([script.path, path, "\(example.batch)", "\(example.time)"])
      try #require(end.status == 0, "\(end.errors)")
      let shape: Shape = [example.batch, example.time, model.configuration.outputChannels]
      return try ["full", "step"].map { ($0, try tensor(path + "/" + $0, shape)) }
    }
  }

  @Test(arguments: Examples.names) func bothGraphsGiveTheLogitsOfTheNetwork(name: String) throws {
    let model = try Examples.model(name)
    let example = ExampleInput(model.network, batch: 2, time: 150)
    let logits = model.network.logits(example.input, Pass(model.parameters)).value
    for graph in try run(InferenceModel(model), example) {
      expectClose(graph.logits, logits, tolerance: Self.tolerance, "\(name), \(graph.name)")
    }
  }

  /// Expects integer graphs to give what the formulas of their layers give. Sums of integers are exact; a sum of floats
  /// in another order can move an input that lies between two integers to the other one, and the logits of that step a
  /// little with it, as often as the same input comes again. Nine tenths of the steps tell that from a graph that
  /// computes something else.
  private func expectIntegers(_ model: WaveNetModel, keeping kept: Set<String> = []) throws {
    let example = ExampleInput(model.network, batch: 2, time: 120)
    let quantized = InferenceModel(model).int8(example, keeping: kept)
    let (expected, _) = PlainWaveNet.logits(quantized, example)
    let graphs = try run(quantized, example)
    for graph in graphs {
      expectClose(graph.logits, expected, tolerance: 2e-2, graph.name)
      let differences = try sortedDifferences(graph.logits, expected)
      #expect(differences[differences.count * 9 / 10] < 2e-6, "\(graph.name)")
    }
    let single = model.network.logits(example.input, Pass(model.parameters)).value
    let differences = try sortedDifferences(single, expected)
    #expect(differences[differences.count * 9 / 10] > 1e-4, "the steps do not tell int8 from single precision")
  }

  /// The largest absolute difference of each step, over the largest size of all, from small to large.
  private func sortedDifferences(_ a: Tensor<Float>, _ b: Tensor<Float>) throws -> [Float] {
    let isFinite = b.elements.nonemptyAllSatisfy(\.isFinite)
    try #require(isFinite)
    let (classes, largest) = (b.shape.last, b.elements.reduce(0) { max($0, abs($1)) })
    let differences = try paired(a.elements, b.elements).map { abs($0 - $1) / largest }
    return stride(from: 0, to: differences.count, by: classes).map { step in
      differences[step..<step + classes].reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    }.sorted()
  }

  @Test(arguments: Examples.names) func integersGiveWhatTheFormulasOfTheirLayersGive(name: String) throws {
    try expectIntegers(Examples.model(name))
  }

  @Test func layersOfBothPrecisionsStandBesideEachOther() throws {
    try expectIntegers(
      Examples.model("kernel 5, odd channels"), keeping: ["blocks.1.dilated", "blocks.0.skip", "head.1"])
  }

  /// The engine's tanh and sigmoid are within 1.2e-4 where eight bits take their products, so some products are rounded to
  /// the other integer; what that changes is little beside what eight bits change.
  @Test func integersScoreAsTheEngineDoes() throws {
    let model = try WaveNetModel.load(PackageFiles.demo)
    let codes = try GeneratedCodes.make(model, signals: 1, length: 16_000, seed: 3, workers: .serial)[0]
    func engineBits(_ engine: WaveNetEngine) -> Double {
      let scorer = EngineScorer(engine)
      scorer.add(codes: codes)
      return scorer.bits / Double(scorer.samples)
    }
    let quantized = try model.quantized(Quantization(.int8), workers: .serial)
    let expected = engineBits(try WaveNetEngine(quantized))
    let single = engineBits(try WaveNetEngine(InferenceModel(model)))
    #expect(abs(single - expected) > 0.01, "eight bits change \(single) to \(expected) only")
    for graph in try run(quantized, ExampleInput(model.network, predicting: codes)) {
      let bits = bitsPerSample(codes, graph.logits)
      #expect(abs(bits - expected) < 1e-3, "\(graph.name): \(bits), not \(expected)")
    }
  }

  private func bitsPerSample(_ codes: [Int32], _ logits: Tensor<Float>) -> Double {
    let (numbers, classes) = (logits.elements, logits.shape.last)
    let bits = codes.indices.map { step in
      let row = numbers[step * classes..<(step + 1) * classes].map { Double($0) }
      let largest = row.max()!
      return (log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[Int(codes[step])]) / log(2)
    }
    return bits.reduce(0, +) / Double(codes.count)
  }
}
