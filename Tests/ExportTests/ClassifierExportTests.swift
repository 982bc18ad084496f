import Foundation
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaClassifiers
import KodamaCompression
@testable import KodamaExport
@testable import KodamaInference

/// Classifiers as ONNX, and what onnxruntime gives of them.
@Suite struct ClassifierExportTests {
  private static let sets = [LabelSet("digit", ["0", "1", "2"]), LabelSet("speaker", ["anna", "ben"])]

  private func model(_ kind: ClassifierNetwork.Kind, seconds: Double = 0.5) -> ClassifierModel {
    let configuration = ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: seconds,
      network: ClassifierNetwork(kind, width: 0.5), labels: Self.sets)
    return ClassifierModel(
      configuration: configuration, parameters: .asTrained(configuration.layers.declarations))
  }

  /// The model in integers of 8 bits.
  private func quantized(_ model: ClassifierModel) throws -> ClassifierModel {
    let windows = (0..<8).map { index in
      var random = Philox(seed: 8, stream: UInt64(index))
      return (0..<model.configuration.windowSamples).map { _ in Float(0.2 * random.normal()) }
    }
    return try ClassifierQuantizer(model, observing: windows).quantized(Quantization(.int8))
  }

  @Test(
    .enabled(if: Runtimes.onnxruntime != nil, "no Python with numpy and onnxruntime; name one with KODAMA_PYTHON"),
    arguments: ClassifierNetwork.Kind.allCases, [false, true])
  func onnxruntimeGivesTheSameLabels(_ kind: ClassifierNetwork.Kind, isQuantized: Bool) throws {
    let (model, batch) = (isQuantized ? try quantized(model(kind)) : model(kind), 6)
    let engine = MapEngine(MapProgram(model.graph))
    var random = Philox(seed: 7)
    let count = model.configuration.windowFrames * model.configuration.features.bands
    let maps = (0..<batch).map { _ in (0..<count).map { _ in Float(random.normal()) } }
    try withTemporaryFolder { folder in
      let path = folder + "/onnx"
      try ClassifierExport(model).write(to: path)
      try write(maps.flatMap { $0 }.withUnsafeBytes { Array($0) }, to: path + "/input")
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("classifier_check.py")
      let end = try #require(Runtimes.onnxruntime).run([script.path, path, "\(batch)"])
      try #require(end.status == 0, "\(end.errors)")
      let expected = maps.map { engine.run($0) }
      let embedding = try tensor(path + "/embedding", [batch, expected[0][0].count])
      // Of integers an input halfway between two may be rounded to either.
      let tolerance = isQuantized ? 0.01 : 1e-5
      expectClose(embedding.elements, expected.flatMap { $0[0] }, tolerance: tolerance, "embedding of \(kind)")
      for (index, set) in Self.sets.enumerated() {
        let labels = set.values.count
        let found = try tensor(path + "/label_" + set.name, [batch, labels]).elements
        let powers = expected.map { $0[1 + index].map { exp(Double($0)) } }
        let probabilities = powers.flatMap { row in row.map { $0 / row.reduce(0, +) } }
        expectClose(found, probabilities, tolerance: tolerance, "\(set.name) of \(kind)")
      }
      let metadata = try String(contentsOfFile: path + "/metadata", encoding: .utf8)
      for line in ["sample_rate=8000", "window_seconds=0.5", "label_digit=0|1|2", "label_speaker=anna|ben"] {
        #expect(metadata.contains(line + "\n"), "\(metadata)")
      }
      #expect(metadata.contains("\"hop_length\":80"), "\(metadata)")
    }
  }

  @Test(arguments: ClassifierNetwork.Kind.allCases) func theFileIsWellFormed(_ kind: ClassifierNetwork.Kind) throws {
    let graph = try ONNXModelProto(serializedBytes: ClassifierExport(model(kind)).bytes()).graph
    let operators = Set(NodeType.allCases.map(\.rawValue))
    var made = graph.input.map(\.name) + graph.initializer.map(\.name)
    for node in graph.node {
      #expect(operators.contains(node.opType) && node.input.allSatisfy { made.contains($0) }, "\(node.name)")
      made += node.output
    }
    #expect(Set(made).count == made.count)
    #expect(graph.output.map(\.name) == ["embedding", "label_digit", "label_speaker"])
    #expect(made.contains("heads.1.weight"))
    // Normalization is part of the convolutions.
    #expect(kind == .dense || !graph.node.contains { $0.opType == "Mul" })
  }

  @Test func aFolderOfAnythingElseIsKept() throws {
    try withTemporaryFolder { folder in
      let export = ClassifierExport(model(.mobile))
      try export.write(to: folder + "/a")
      #expect(throws: FileFault.self) { try export.write(to: folder + "/a") }
      try export.write(to: folder + "/a", existing: .replace)
      try write("mine".utf8, to: folder + "/a/notes")
      #expect(throws: FileFault.self) { try export.write(to: folder + "/a", existing: .replace) }
    }
  }
}
