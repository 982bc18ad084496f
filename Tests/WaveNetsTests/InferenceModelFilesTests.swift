import Foundation
import KodamaInference
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct InferenceModelFilesTests {
  private static let precisions = Precision.allCases

  /// A model of an example whose layers got integers, bits and scales by chance.
  private func model(_ name: String = "plain", _ precision: (Int) -> Precision) throws -> InferenceModel {
    let plain = InferenceModel(
      try WaveNetModel(sampleRate: 8000, configuration: Examples.configurations[name]!, seed: 3))
    var (random, number) = (Philox(seed: 9), -1)
    return plain.mapLayers { layer in
      // The residual layer has the precision of the skip layer before it, with which it shares its inputs.
      if !layer.path.hasSuffix("residual") { number += 1 }
      // The first layer of a recurrent network's head takes the states.
      let zeroPoint = plain.configuration.isRecurrent && layer.path == "head.0" ? 128 : nil
      return layer.withRandomWeights(
        precision(number), inputScale: 0.01 + 0.001 * Float(number), zeroPoint: zeroPoint, &random)
    }
  }

  @Test(arguments: Examples.namesWithoutFeatures, precisions) func loadingGivesWhatWasSaved(
    name: String, precision: Precision
  ) throws {
    let model = try model(name) { _ in precision }
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      #expect(try names(in: folder + "/model") == ["config.json", "model.safetensors"])
      #expect(try InferenceModel.load(folder + "/model") == model)
    }
  }

  @Test(arguments: Examples.namesWithoutFeatures) func layersMayDiffer(name: String) throws {
    let model = try model(name) { Self.precisions[$0 % Self.precisions.count] }
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      #expect(try InferenceModel.load(folder + "/model") == model)
    }
  }

  /// Weights of which most blocks are 0, in layers that no block divides.
  @Test(arguments: ["plain", "kernel 3, no biases"], precisions.filter { $0 != .binary })
  func blocksThatAreZeroAreLeftOut(
    name: String, precision: Precision
  ) throws {
    let (full, model) = (try self.model(name) { _ in precision }, try sparseModel(name, precision))
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      #expect(try InferenceModel.load(folder + "/model") == model)
      let names = try SafetensorsReader(folder + "/model/model.safetensors").names
      let isSparse = precision == .int8 || precision == .bfloat16
      #expect(names.contains("blocks.0.dilated.weight_blocks") == isSparse)
      #expect(names.contains("blocks.0.dilated.weight") == !isSparse)
      #expect(isSparse ? model.weightBytes < full.weightBytes : model.weightBytes == full.weightBytes)
    }
  }

  /// The example with the first block of each layer, and zeros.
  private func sparseModel(_ name: String, _ precision: Precision) throws -> InferenceModel {
    try model(name) { _ in precision }.mapLayers { layer in
      func kept(_ index: Int) -> Bool {
        index / layer.taps / layer.channels < 16 && index / layer.taps % layer.channels < 4 && index % layer.taps == 0
      }
      func zeroed<T: Numeric>(_ values: [T]) -> [T] { values.indices.map { kept($0) ? values[$0] : 0 } }
      let weights: InferenceLayer.Weights =
        switch layer.weights {
        case .float32(let values): .float32(zeroed(values))
        case .bfloat16(let bits): .bfloat16(zeroed(bits))
        case .integers(let precision, let integers, let scales): .integers(precision, zeroed(integers), scales: scales)
        }
      return layer.with(weights, input: layer.input)
    }
  }

  @Test func blocksOutOfPlaceAreNamed() throws {
    let layer = "blocks.0.dilated"
    func message(_ suffix: String, _ values: [Int16]) throws -> String {
      try withTemporaryFolder { folder in
        let model = try sparseModel("plain", .int8)
        try model.save(to: folder + "/m")
        let file = try SafetensorsReader(folder + "/m/model.safetensors")
        var tensors = model.network.stored.filter { $0.name != layer + suffix }
        #expect(tensors.count == model.network.stored.count - 1)
        #expect(try file.elements(of: layer + suffix, as: Int16.self) != values)
        tensors.append(StoredTensor(layer + suffix, [values.count], values))
        try SafetensorsWriter.write(tensors, to: folder + "/m/model.safetensors", existing: .replace)
        do { _ = try InferenceModel.load(folder + "/m") } catch {
          #expect((error as? any Fault)?.exitStatus == .badData)
          return "\(error)"
        }
        return "accepted"
      }
    }
    // One block at place 0 of one group.
    #expect(try message(".block_counts", [2]).contains("block_counts: element 0 is 2"))
    #expect(try message(".block_counts", [0]).contains("block_counts: element 0 is 0"))
    #expect(try message(".block_counts", [-1]).contains("block_counts: element 0 is -1"))
    #expect(try message(".block_counts", [1, 0]).contains("block_counts"))
    for place in [-1, 9999] as [Int16] {
      #expect(try message(".block_places", [place]).contains("block_places: element 0 is \(place)"))
    }
    #expect(try message(".block_places", [0, 0]).contains("block_places"))
  }

  @Test(arguments: Examples.namesWithoutFeatures) func plainModelsAreLoadedAsTheyAre(name: String) throws {
    let plain = try WaveNetModel(sampleRate: 8000, configuration: Examples.configurations[name]!, seed: 3)
    try withTemporaryFolder { folder in
      try plain.save(to: folder + "/model")
      let loaded = try InferenceModel.load(folder + "/model")
      #expect(loaded == InferenceModel(plain) && loaded.quantization == nil)
      // Saved again it is a plain model with its weights multiplied out.
      try loaded.save(to: folder + "/again")
      #expect(InferenceModel(try WaveNetModel.load(folder + "/again")) == loaded)
    }
  }

  @Test(arguments: precisions) func theFileIsAsLongAsItsTensorsSay(precision: Precision) throws {
    let model = try model("kernel 3, no biases") { _ in precision }
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      let content = try bytes(folder + "/model/model.safetensors")
      let header = content.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      #expect(content.count - 8 - header == model.weightBytes)
    }
  }

  @Test func theTensorsAreThoseThatAreDocumented() throws {
    let model = try model { [.int4, .int8, .bfloat16][min($0, 2)] }
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      let file = try SafetensorsReader(folder + "/model/model.safetensors")
      let expected: [(String, ElementType, Shape)] = [
        ("blocks.0.dilated.weight", .uint8, [8, 2, 3]), ("blocks.0.dilated.weight_scale", .float32, [8, 2, 1]),
        ("blocks.0.dilated.input_scale", .float32, [1]), ("blocks.0.dilated.bias", .float32, [8]),
        ("blocks.0.skip.weight", .int8, [6, 4, 1]), ("blocks.0.skip.weight_scale", .float32, [6]),
        ("blocks.0.residual.input_scale", .float32, [1]), ("blocks.1.dilated.weight", .bfloat16, [8, 5, 2]),
        ("embedding.weight", .float32, [9, 5]),
      ]
      for (name, type, shape) in expected {
        #expect(file.elementType(of: name) == type && file.shape(of: name) == shape, "\(name)")
      }
      // Two in a byte, the first in the lower half, 8 added: channel by channel of one tap.
      guard case .integers(.int4, let integers, _) = model.layers[0].weights else { throw CancellationError() }
      let packed: [UInt8] = try file.elements(of: "blocks.0.dilated.weight")
      #expect(Int(packed[0] & 15) - 8 == Int(integers[0]) && Int(packed[0] >> 4) - 8 == Int(integers[2]))
      #expect(Int(packed[2] & 15) - 8 == Int(integers[8]) && packed[2] >> 4 == 8)
      #expect(Int(packed[3] & 15) - 8 == Int(integers[1]))
    }
  }

  @Test func theConfigurationSaysTheScheme() throws {
    let model = try model { $0 < 2 ? .float32 : $0 > 9 ? .bfloat16 : .int4 }
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      let text = try String(contentsOfFile: folder + "/model/config.json", encoding: .utf8)
      #expect(text.hasPrefix("{\n  \"format_version\": 2,\n  \"model_type\": \"wavenet\""))
      let section = """
          "quantization": {
            "scheme": "int4",
            "group_size": 32,
            "keep": {
              "blocks.0": "f32",
              "head": "bf16"
            }
          }
        }

        """
      #expect(text.hasSuffix(section), "\(text)")
    }
  }

  @Test func aQuantizedModelIsNoModelToTrain() throws {
    try withTemporaryFolder { folder in
      try model { _ in .int8 }.save(to: folder + "/m")
      let fault = WaveNetFault.quantized(path: folder + "/m", scheme: .int8)
      #expect(throws: fault) { try WaveNetModel.load(folder + "/m") }
      #expect(fault.exitStatus == .badData && fault.description.contains("cannot be trained"))
    }
  }

  // MARK: Damage

  /// Loads the model after a change of its config.json, and gives the message.
  private func message(replacing old: String, by new: String, _ precision: Precision = .int4) throws -> String {
    try withTemporaryFolder { folder in
      try model { _ in precision }.save(to: folder + "/m")
      let path = folder + "/m/config.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try #require(text.contains(old), "\(text)")
      try write(text.replacingOccurrences(of: old, with: new).utf8, to: path)
      return try message(loading: folder + "/m")
    }
  }

  private func message(loading folder: String) throws -> String {
    do {
      _ = try InferenceModel.load(folder)
      return "nothing was thrown"
    } catch let fault as any Fault {
      #expect(fault.exitStatus == .badData)
      return fault.description.replacing(folder + "/", with: "")
    }
  }

  @Test(arguments: [
    (
      "\"int4\"", "\"int3\"",
      "quantization.scheme is \"int3\"; it must be \"bf16\" or \"int8\" or \"int4\" or \"ternary\" or \"binary\""
    ),
    (
      "\"int4\"", "\"f32\"",
      "quantization.scheme is \"f32\"; it must be \"bf16\" or \"int8\" or \"int4\" or \"ternary\" or \"binary\""
    ),
    (
      "\"int4\"", "4",
      "quantization.scheme is 4; it must be \"bf16\" or \"int8\" or \"int4\" or \"ternary\" or \"binary\""
    ),
    (": 32\n", ": 64\n", "quantization.group_size is 64; it must be 32"),
    (",\n    \"group_size\": 32", "", "the key \"quantization.group_size\" is missing; add it"),
    (
      ": 32\n", ": 32, \"keep\": {\"blocks.7\": \"f32\"}\n",
      "there is no key \"quantization.keep.blocks.7\"; did you mean \"quantization.keep.blocks.0\"?"
    ),
    (
      ": 32\n", ": 32, \"keep\": {\"head\": \"f16\"}\n",
      "quantization.keep.head is \"f16\"; it must be \"f32\" or \"bf16\" or \"int8\" or \"int4\" or \"ternary\" or \"binary\""
    ),
    ("\"scheme\"", "\"sceme\"", "there is no key \"quantization.sceme\"; did you mean \"quantization.scheme\"?"),
    ("\"quantization\": {", "\"quantisation\": {", "there is no key \"quantisation\"; did you mean \"quantization\"?"),
    (
      "\"format_version\": 2", "\"format_version\": 1",
      "format_version is 1; it must be 2 where there is a quantization"
    ),
    (
      "\"format_version\": 2", "\"format_version\": 3",
      "format_version is 3, and this version of Kodama reads up to 2; install a later one"
    ),
    (
      "\"weight_normalization\": false", "\"weight_normalization\": true",
      "architecture.weight_normalization is true; it must be false: quantized weights are multiplied out"
    ),
  ]) func aWrongConfigurationIsNamed(old: String, new: String, expected: String) throws {
    #expect(try message(replacing: old, by: new) == "config.json: " + expected)
  }

  @Test func tensorsOfAnotherSchemeAreNamed() throws {
    let message = try message(replacing: "\"scheme\": \"int8\"", by: "\"scheme\": \"bf16\"", .int8)
    #expect(message.contains("blocks.0.dilated.weight must have elements of type BF16, not I8"))
    #expect(message.contains("; and "))
    #expect(
      try self.message(replacing: "\"gate_channels\": 4", by: "\"gate_channels\": 3").contains(
        "blocks.0.dilated.weight_scale must have shape [6, 2, 1], not [8, 2, 1]"))
  }

  /// Writes a model whose tensors were changed, and gives the message of loading it.
  private func message(
    _ precision: Precision, changing change: (inout [String: StoredTensor]) -> Void
  ) throws -> String {
    try withTemporaryFolder { folder in
      try model { _ in precision }.save(to: folder + "/m")
      let path = folder + "/m/model.safetensors"
      let file = try SafetensorsReader(path)
      var tensors: [String: StoredTensor] = [:]
      for name in file.names {
        let shape = file.shape(of: name)!
        switch file.elementType(of: name)! {
        case .int8: tensors[name] = StoredTensor(name, shape, try file.elements(of: name, as: Int8.self))
        case .uint8: tensors[name] = StoredTensor(name, shape, try file.elements(of: name, as: UInt8.self))
        default: tensors[name] = StoredTensor(name, shape, try file.elements(of: name, as: Float.self))
        }
      }
      change(&tensors)
      try SafetensorsWriter.write(tensors.sorted { $0.key < $1.key }.map(\.value), to: path, existing: .replace)
      return try message(loading: folder + "/m")
    }
  }

  @Test(
    arguments: [Precision.int8, .int4, .ternary], [(Float(0), "0.0"), (-1, "-1.0"), (.nan, "nan"), (.infinity, "inf")])
  func aScaleThatIsNoneIsNamed(precision: Precision, value: (scale: Float, text: String)) throws {
    for (name, shape) in [
      ("blocks.1.dilated.weight_scale", precision == .int4 ? [8, 2, 1] as Shape : [8]), ("head.0.input_scale", [1]),
    ] {
      let message = try message(precision) {
        var scales = [Float](repeating: 0.5, count: shape.count)
        scales[shape.count - 1] = value.scale
        $0[name] = StoredTensor(name, shape, scales)
      }
      #expect(
        message
          == "model.safetensors: tensor \(name): element \(shape.count - 1) is \(value.text); it must be positive "
          + "and finite; quantize the model again")
    }
  }

  @Test func aWrongNumberOfScalesIsNamed() throws {
    let name = "blocks.1.dilated.weight_scale"
    let message = try message(.int8) { $0[name] = StoredTensor(name, [7], [Float](repeating: 1, count: 7)) }
    #expect(message.contains("\(name) must have shape [8], not [7]"))
    let missing = try self.message(.int4) { $0[name] = nil }
    #expect(missing.contains("\(name) [8, 2, 1] is missing"))
    let extra = try self.message(.int4) { $0["a"] = StoredTensor("a", [1], [Float(1)]) }
    #expect(extra.contains("a [1] is not expected"))
  }

  @Test func anIntegerThatHasNoOppositeIsNamed() throws {
    let message = try message(.int8) {
      let name = "head.1.weight"
      $0[name] = StoredTensor(name, [9, 7, 1], [Int8](repeating: 0, count: 62) + [-128])
    }
    #expect(message.contains("head.1.weight: element 62 is -128; it must be from -127 to 127"))
  }

  @Test func bitsThatAreNoneOfThreeIntegersAreNamed() throws {
    let message = try message(.ternary) {
      let name = "head.1.weight"
      // Rows of seven weights take two bytes.
      var bytes = [UInt8](repeating: 0b10_10_10_10, count: 18)
      bytes[3] = 0b10_00_01_11
      $0[name] = StoredTensor(name, [9, 1, 2], bytes)
    }
    #expect(message.contains("head.1.weight: element 3 is with a weight of -2; it must be from -1 to 1"))
  }

  @Test func layersOfOneInputNeedOneScale() throws {
    let message = try message(.int8) {
      let name = "blocks.2.residual.input_scale"
      $0[name] = StoredTensor(name, [1], [Float(2)])
    }
    #expect(message.contains("blocks.2.residual.input_scale: element 0 is 2.0; it must be 0."))
  }

  @Test func numbersThatAreNotFiniteAreNamed() throws {
    let message = try message(.int4) {
      let name = "head.0.bias"
      $0[name] = StoredTensor(name, [7], [0, 0, .nan, 0, 0, 0, 0] as [Float])
    }
    #expect(message.contains("tensor head.0.bias contains a number that is not finite (element 2)"))
  }
}

extension InferenceLayer {
  /// The same layer with weights by chance.
  func withRandomWeights(
    _ precision: Precision, inputScale: Float, zeroPoint: Int? = nil, _ random: inout Philox
  ) -> InferenceLayer {
    let count = outputs * channels * taps
    let scales = (0..<precision.scaleCount(outputs: outputs, channels: channels, taps: taps)).map { _ in
      Float(0.001 + random.uniform())
    }
    func integers(_ range: ClosedRange<Int>) -> [Int8] {
      (0..<count).map { _ in Int8(range.lowerBound + random.integer(below: range.count)) }
    }
    let weights: Weights =
      switch precision {
      case .float32: .float32((0..<count).map { _ in Float(random.normal()) })
      case .bfloat16: .bfloat16((0..<count).map { _ in BFloat16(Float(random.normal())).bits })
      case .int8, .int4, .ternary: .integers(precision, integers(precision.weightRange ?? 0...0), scales: scales)
      case .binary: .integers(precision, integers(0...1).map { 2 * $0 - 1 }, scales: scales)
      }
    let input = InputQuantization(scale: inputScale, zeroPoint: zeroPoint ?? (path.hasPrefix("head.") ? 0 : 128))
    return with(weights, input: precision.hasIntegerInputs ? input : nil)
  }
}
