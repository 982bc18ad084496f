import KodamaCore
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaExport

/// The form of the files, which needs nothing that runs them.
@Suite struct GraphTests {
  private func parsed(
    _ name: String, _ pass: ExportedGraph, int8: Bool = false
  ) throws -> ONNXModelProto {
    let model = try Examples.model(name)
    let single = InferenceModel(model)
    let exported = int8 ? single.int8(ExampleInput(model.network, batch: 1, time: 4)) : single
    return try ONNXModelProto(serializedBytes: WaveNetExport(exported).bytes(pass))
  }

  private func shape(_ value: ONNXValueInfoProto) -> [String] {
    value.type.tensorType.shape.dim.map { dimension in
      switch dimension.value {
      case .dimValue(let size): "\(size)"
      case .dimParam(let name): name
      case nil: "?"
      }
    }
  }

  @Test(arguments: Examples.names, ExportedGraph.allCases)
  func everyValueIsMadeOnceBeforeItIsUsedAndNoConstantIsIdle(name: String, pass: ExportedGraph) throws {
    for int8 in [false, true] { try checkOrder(parsed(name, pass, int8: int8).graph) }
  }

  private func checkOrder(_ graph: ONNXGraphProto) throws {
    let operators = Set(NodeType.allCases.map(\.rawValue))
    var made = graph.input.map(\.name) + graph.initializer.map(\.name)
    for node in graph.node {
      #expect(operators.contains(node.opType))
      #expect(node.input.allSatisfy { made.contains($0) }, "\(node.name)")
      made += node.output
    }
    #expect(Set(made).count == made.count)
    #expect(graph.output.nonemptyAllSatisfy { made.contains($0.name) })
    let used = Set(graph.node.flatMap(\.input) + graph.output.map(\.name))
    #expect(made.filter { !used.contains($0) }.isEmpty)
  }

  @Test(arguments: Examples.names, ExportedGraph.allCases)
  func constantsHoldTheNumbersOfTheirShapes(name: String, pass: ExportedGraph) throws {
    let sizes: [ONNXTensorProto.DataType: Int] = [.float: 4, .int64: 8, .uint8: 1]
    let constants = try [false, true].flatMap { try parsed(name, pass, int8: $0).graph.initializer }
    for constant in constants {
      let size = try #require(sizes[constant.dataType])
      #expect(constant.rawData.count == size * Int(constant.dims.reduce(1, *)), "\(constant.name)")
    }
  }

  @Test(arguments: ["plain", "kernel 3, no biases", "scalar input", "labels"], ExportedGraph.allCases)
  func everyWeightIsThereAsItIs(name: String, pass: ExportedGraph) throws {
    let (model, graph) = (try Examples.model(name), try parsed(name, pass).graph)
    for parameter in model.parameters.names {
      let constant = try #require(graph.initializer.first { $0.name == parameter })
      #expect(constant.rawData == Constant(model.parameters[parameter]).bytes, "\(parameter)")
    }
  }

  @Test func inputsAndOutputsAreAsDocumented() throws {
    let full = try parsed("kernel 3, no biases", .full).graph
    #expect(full.input.map(\.name) == ["codes"] && full.input.map(shape) == [["batch", "time"]])
    #expect(full.input[0].type.tensorType.elemType == .int64)
    #expect(full.output.map(\.name) == ["logits"] && full.output.map(shape) == [["batch", "time", "8"]])
    let step = try parsed("kernel 3, no biases", .step).graph
    #expect(step.input.map(\.name) == ["codes", "past_0", "past_1", "past_2"])
    #expect(step.input.map(shape) == [["batch"], ["batch", "4", "2"], ["batch", "4", "6"], ["batch", "4", "4"]])
    #expect(step.output.map(\.name) == ["logits", "present_0", "present_1", "present_2"])
    #expect(step.output.map(shape) == [["batch", "8"]] + step.input.dropFirst().map(shape))
    #expect(try parsed("one block of kernel 1", .step).graph.input.map(\.name) == ["codes"])
    for pass in ExportedGraph.allCases {
      let labels = try parsed("labels", pass)
      let inputs = labels.graph.input.filter { $0.name.hasPrefix("label_") }
      #expect(inputs.map(\.name) == ["label_speaker", "label_digit"] && inputs.map(shape) == [["batch"], ["batch"]])
      #expect(labels.metadataProps.first { $0.key == "label_speaker" }?.value == "anna\nben\ncleo")
    }
    let scalar = try parsed("scalar input", .full).graph
    #expect(scalar.input.map(\.name) == ["samples"] && scalar.input[0].type.tensorType.elemType == .float)
  }

  @Test(arguments: ExportedGraph.allCases) func theFileSaysWhatItIs(pass: ExportedGraph) throws {
    let file = try parsed("plain", pass)
    #expect(file.irVersion == 8 && file.opsetImport.map(\.version) == [17] && file.producerName == "kodama")
    let metadata = Dictionary(uniqueKeysWithValues: file.metadataProps.map { ($0.key, $0.value) })
    #expect(
      metadata == [
        "sample_rate": "16000", "companding": "mu_law", "classes": "9", "input": "embedding", "silence_code": "4",
        "receptive_field": "11",
      ])
    let mixture = try parsed("mixture of logistics", pass)
    #expect(
      Dictionary(uniqueKeysWithValues: mixture.metadataProps.map { ($0.key, $0.value) }) == [
        "sample_rate": "16000", "companding": "linear", "output": "logistics", "mixture_components": "3",
        "mixture_gain": "64.0",
        "log_scale_floor": "-11.0", "preemphasis": "0.9", "input": "scalar", "silence_code": "32768",
        "receptive_field": "8",
      ])
  }

  @Test(arguments: ExportedGraph.allCases) func recurrentNetworksAreRefused(pass: ExportedGraph) throws {
    let configuration = WaveNetConfiguration(recurrentUnits: 8, inputChannels: 4, headChannels: 6, classes: 9)
    let model = try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 1)
    #expect(throws: ExportFault.recurrent) { try WaveNetExport(InferenceModel(model)).bytes(pass) }
  }

  @Test func aGraphBeyondTheLimitOfItsFormatIsRefused() throws {
    let file = try WaveNetExport(InferenceModel(Examples.model("tiny"))).file(.full)
    let constants = file.graph.initializer.reduce(0) { $0 + $1.rawData.count }
    #expect(throws: ExportFault.tooLarge(bytes: constants, limit: constants)) {
      try file.fileBytes(limit: constants)
    }
    #expect(try file.fileBytes(limit: 2 * constants).count > constants)
    #expect(ExportFault.tooLarge(bytes: 3, limit: 2).exitStatus == .badData)
  }

  @Test(arguments: ExportedGraph.allCases) func integersTakeAByteEachAndSharedInputsAreMadeOnce(
    pass: ExportedGraph
  ) throws {
    let (single, integers) = (try parsed("tiny", pass).graph, try parsed("tiny", pass, int8: true).graph)
    func weightBytes(_ graph: ONNXGraphProto) -> Int {
      graph.initializer.filter { $0.name.hasSuffix(".weight") && $0.name != "embedding.weight" }
        .reduce(0) { $0 + $1.rawData.count }
    }
    #expect(weightBytes(integers) * 4 == weightBytes(single))
    // Skip and residual layer of a block take the same integers where they have the same scale.
    let blocks = Preset.tiny.configuration.dilations.count
    #expect(integers.node.filter { $0.opType == "QuantizeLinear" }.count == 2 * blocks + 2)
    let products = pass == .full ? "ConvInteger" : "MatMulInteger"
    #expect(integers.node.filter { $0.opType == products }.count == 3 * blocks - 1 + 2)
  }

  @Test func aPrecisionThatNoOperatorTakesIsRefused() throws {
    let model = try InferenceModel(Examples.model("plain")).mapLayers { layer in
      InferenceLayer(
        path: layer.path, outputs: layer.outputs, channels: layer.channels, taps: layer.taps,
        weights: .bfloat16([UInt16](repeating: 0, count: layer.outputs * layer.channels * layer.taps)),
        bias: layer.bias)
    }
    let fault = ExportFault.precision(layer: "blocks.0.dilated", precision: .bfloat16)
    for pass in ExportedGraph.allCases {
      #expect(throws: fault) { try WaveNetExport(model).bytes(pass) }
    }
    #expect("\(fault)".contains("blocks.0.dilated") && fault.exitStatus == .badData)
  }
}
