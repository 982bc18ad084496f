import Foundation
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCheckpoints
@testable import KodamaClassifiers
@testable import KodamaCompression
@testable import KodamaInference

/// Classifiers in integers of 8 bits, and their files.
@Suite struct ClassifierQuantizerTests {
  private func model(_ kind: ClassifierNetwork.Kind = .mobile) -> ClassifierModel {
    let configuration = ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: 0.5,
      network: ClassifierNetwork(kind, width: 0.5),
      labels: [LabelSet("digit", (0..<10).map(String.init)), LabelSet("speaker", ["anna", "ben"])])
    return ClassifierModel(
      configuration: configuration, parameters: .asTrained(configuration.layers.declarations))
  }

  private func windows(_ count: Int, seed: UInt64 = 5) -> [[Float]] {
    (0..<count).map { index in
      var random = Philox(seed: seed, stream: UInt64(index))
      let loudness = Float(0.02 + 0.3 * random.uniform())
      return (0..<4000).map { t in loudness * (sin(Float(t) * Float(index + 1) / 9) + 0.3 * Float(random.normal())) }
    }
  }

  private func quantized(_ model: ClassifierModel, keeping kept: [String: Precision] = [:]) throws -> ClassifierModel {
    try ClassifierQuantizer(model, observing: windows(12)).quantized(Quantization(.int8, keeping: kept))
  }

  /// The power of the logits over that of their change, on windows that were not observed.
  private func signalToNoise(_ model: ClassifierModel, _ other: ClassifierModel) throws -> Double {
    let features = try FeatureMap(model.configuration)
    let maps = try windows(16, seed: 6).map { try features.map($0, offset: 0) }
    let engines = [model, other].map { MapEngine(MapProgram($0.graph)) }
    let logits = engines.map { engine in
      maps.flatMap { engine.run($0).dropFirst().flatMap { $0 } }.map(Double.init)
    }
    let signal = logits[0].reduce(0) { $0 + $1 * $1 }
    return 10 * log10(signal / zip(logits[0], logits[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
  }

  @Test(arguments: ClassifierNetwork.Kind.allCases) func logitsStay(_ kind: ClassifierNetwork.Kind) throws {
    let model = model(kind)
    let quantized = try quantized(model)
    let ratio = try signalToNoise(model, quantized)
    #expect(ratio > 20 && ratio < 80, "\(kind): \(ratio) dB")
    // Weights of 1 byte for those of 4, and little else.
    let share = Double(quantized.storedBytes) / Double(model.storedBytes)
    #expect(share < 0.5, "\(kind): \(share)")
    #expect(quantized.quantization == Quantization(.int8))
  }

  @Test func whatIsKeptStays() throws {
    let model = model()
    let quantized = try quantized(model, keeping: ["features.0": .float32, "heads": .float32])
    #expect(quantized.quantization?.kept == ["features.0": .float32, "heads": .float32])
    for name in ["features.0.0.weight", "heads.1.weight", "features.3.conv.0.1.weight", "features.3.conv.1.0.weight"] {
      #expect(quantized.parameters[name].elements == model.parameters[name].elements, "\(name)")
    }
    #expect(quantized.parameters["features.9.0.weight"].elements != model.parameters["features.9.0.weight"].elements)
    // Depthwise convolutions are not among the layers.
    #expect(!model.quantizableLayers.map(\.path).contains("features.1.conv.0.0"))
    #expect(try self.quantized(model).replacing(model.quantizableLayers) == model)
  }

  /// Layers may be kept whose neighbors have layers of their own below them.
  @Test(arguments: [
    (ClassifierNetwork.Kind.mobile, ["features.3.conv.2"]), (.residual, ["layer2.0.conv1", "layer2.0.conv2"]),
    (.dense, ["features.conv0"]), (.vgg, ["features.0"]),
  ]) func anyLayersCanBeKept(_ kind: ClassifierNetwork.Kind, _ kept: [String]) throws {
    let model = model(kind)
    #expect(Set(model.quantizableLayers.map(\.path)).isSuperset(of: kept), "\(model.quantizableLayers.map(\.path))")
    let quantized = try quantized(model, keeping: Dictionary(uniqueKeysWithValues: kept.map { ($0, .float32) }))
    let quantization = try #require(quantized.quantization)
    for layer in quantized.quantizableLayers {
      #expect(quantization.precision(of: layer.path) == layer.precision, "\(layer.path)")
      #expect((layer.precision == .float32) == kept.contains(layer.path), "\(layer.path)")
    }
    try withTemporaryFolder { folder in
      try quantized.save(to: folder + "/m")
      #expect(try ClassifierModel.load(folder + "/m") == quantized)
    }
  }

  @Test(arguments: ClassifierNetwork.Kind.allCases) func sizesFollowFromTheDeclarations(
    _ kind: ClassifierNetwork.Kind
  ) {
    let model = model(kind)
    let forms = model.configuration.quantizableForms
    #expect(forms.sorted { $0.path < $1.path } == model.quantizableLayers.map(\.form).sorted { $0.path < $1.path })
  }

  @Test func theRoundingIsTheSameWhateverTheThreads() throws {
    let model = model()
    let results = try [Workers.serial, Workers(threads: 3)].map {
      try ClassifierQuantizer(model, observing: windows(5), workers: $0).quantized(Quantization(.int8))
    }
    #expect(results[0] == results[1])
  }

  @Test func aSavedModelIsTheSame() throws {
    try withTemporaryFolder { folder in
      for kept in [[:], ["features.0.0": Precision.float32]] {
        let quantized = try quantized(model(), keeping: kept)
        try quantized.save(to: folder + "/m", existing: .replace)
        let loaded = try ClassifierModel.load(folder + "/m")
        #expect(loaded == quantized)
        let map = [Float](repeating: 0.3, count: loaded.configuration.windowFrames * 40)
        let outputs = [quantized, loaded].map { MapEngine(MapProgram($0.graph)).run(map) }
        #expect(outputs[0] == outputs[1])
        let names = try SafetensorsReader(folder + "/m/model.safetensors").names
        #expect(names.contains("heads.0.weight_scale") && names.contains("heads.0.input_scale"))
        #expect(names.contains("features.0.0.weight_scale") == kept.isEmpty)
      }
      #expect(
        try ModelKinds([ClassifierKind()]).load(ModelLocation(folder + "/m")).summary.lines.contains {
          $0.text.hasPrefix("int8")
        })
    }
  }

  @Test func damagedFoldersAreRefused() throws {
    try withTemporaryFolder { folder in
      let quantized = try quantized(model())
      try quantized.save(to: folder + "/m")
      let path = folder + "/m/config.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      func refusal(_ old: String, _ new: String) throws -> String {
        #expect(text.contains(old), "\(text)")
        try text.replacingOccurrences(of: old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
        do { _ = try ClassifierModel.load(folder + "/m") } catch { return "\(error)" }
        return "accepted"
      }
      #expect(try refusal("\"int8\"", "\"bf16\"").contains("f32 or int8"))
      #expect(try refusal("\"int8\"", "\"int4\"").contains("group_size"))
      #expect(try refusal("\"int8\"", "\"int7\"").contains("quantization.scheme"))
      #expect(try refusal("\"format_version\": 2", "\"format_version\": 1").contains("format_version"))
      #expect(
        try refusal("\"int8\"", "\"int8\", \"keep\": {\"heads\": \"f32\"}").contains("heads.0.weight"))
      #expect(try refusal("\"int8\"", "\"int8\", \"keep\": {\"tails\": \"f32\"}").contains("tails"))
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(try ClassifierModel.load(folder + "/m") == quantized)

      // Numbers that no quantization gives.
      func refusal(_ name: String, _ tensor: StoredTensor?) throws -> String {
        var tensors = quantized.stored.filter { $0.name != name }
        if let tensor { tensors.append(tensor) }
        try SafetensorsWriter.write(tensors, to: folder + "/m/model.safetensors", existing: .replace)
        do { _ = try ClassifierModel.load(folder + "/m") } catch { return "\(error)" }
        return "accepted"
      }
      let head = quantized.quantizedLayers.last!
      let name = head.path + ".weight"
      let shape: Shape = [head.outputs, head.channels, 1]
      #expect(
        try refusal(name, StoredTensor(name, shape, [Int8](repeating: -128, count: shape.count))).contains("-127"))
      #expect(try refusal(name, StoredTensor(name, shape, [Float](repeating: 0, count: shape.count))).contains(name))
      #expect(try refusal(name, nil).contains(name))
      let scale = head.path + ".input_scale"
      for value in [0, -1, Float.nan, .infinity] {
        #expect(try refusal(scale, StoredTensor(scale, [1], [value])).contains("positive and finite"), "\(value)")
      }
    }
  }

  @Test func faultsAreNamed() throws {
    let model = model()
    #expect(throws: ClassifierFault.quantized(.int8)) {
      try ClassifierQuantizer(quantized(model), observing: windows(1))
    }
    var broken = model
    broken.parameters["features.0.1.weight"] = Tensor(
      broken.parameters["features.0.1.weight"].shape,
      [Float](repeating: .greatestFiniteMagnitude, count: broken.parameters["features.0.1.weight"].count))
    #expect(throws: CompressionFault.self) { try ClassifierQuantizer(broken, observing: windows(1)) }
    #expect(throws: CompressionFault.onlyIntegers8(.bfloat16)) {
      try Quantization(.int8, keeping: "heads=bf16", in: model)
    }
    #expect(throws: CompressionFault.onlyIntegers8(.int4)) { try Quantization(.int4, keeping: "", in: model) }
    #expect(throws: CompressionFault.noLayer(path: "head", nearest: "heads")) {
      try Quantization(.int8, keeping: "head", in: model)
    }
    #expect(throws: CompressionFault.nothingToQuantize) {
      try Quantization(.int8, keeping: "features,heads", in: model)
    }
    #expect(CompressionFault.onlyIntegers8(.int4).exitStatus == .usage)
    #expect(ClassifierFault.quantized(.int8).exitStatus == .badData)
  }
}
