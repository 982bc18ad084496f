import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaCompression

@Suite struct QuantizerTests {
  private func quantized(_ name: String, _ quantization: Quantization, threads: Int = 1) throws
    -> InferenceModel
  {
    let model = Examples.model(name)
    let workers = Workers(threads: threads)
    return Quantizer(model, calibration: try Examples.calibration(model, workers: workers), workers: workers)
      .quantized(quantization)
  }

  @Test(arguments: Examples.names, Precision.schemes) func everyLayerGetsThePrecision(
    name: String, scheme: Precision
  )
    throws
  {
    let (plain, model) = (InferenceModel(Examples.model(name)), try quantized(name, Quantization(scheme)))
    #expect(model.layers.nonemptyAllSatisfy { $0.precision == scheme })
    #expect(model.quantization == Quantization(scheme))
    #expect(model.weightBytes < plain.weightBytes)
    // Biases and tables have 16 bits, rows of tables 8 where weights are integers.
    for (a, b) in try paired(plain.layers, model.layers) {
      #expect(a.bias.map { $0.map { BFloat16($0).float } } == b.bias)
    }
    // Networks of scalar input have none.
    #expect(plain.network.tables.count == model.network.tables.count)
    for (a, b) in zip(plain.network.tables, model.network.tables) {
      for row in 0..<a.shape[0] {
        let largest = a.row(row).reduce(0) { max($0, abs($1)) }
        let limit = scheme.hasIntegerInputs ? largest / 127 : largest / 256
        for (x, y) in try paired(a.row(row), b.row(row)) { #expect(abs(x - y) <= limit) }
      }
    }
  }

  /// A tensor of a table has a byte for each number and two for each row.
  @Test func tablesAreStoredAsTheyAreRounded() throws {
    try withTemporaryFolder { folder in
      for (scheme, type) in [(Precision.int8, ElementType.int8), (.ternary, .int8), (.bfloat16, .bfloat16)] {
        let model = try quantized("plain", Quantization(scheme))
        try model.save(to: folder + "/" + scheme.rawValue)
        let file = try SafetensorsReader(folder + "/" + scheme.rawValue + "/model.safetensors")
        #expect(file.elementType(of: "embedding.weight") == type)
        #expect((file.shape(of: "embedding.weight_scale") != nil) == (type == .int8))
        #expect(file.elementType(of: "blocks.0.dilated.bias") == .bfloat16)
        if scheme != .bfloat16 { #expect(file.elementType(of: "blocks.0.dilated.weight_scale") == .bfloat16) }
        #expect(try InferenceModel.load(folder + "/" + scheme.rawValue) == model)
      }
    }
  }

  @Test(arguments: Examples.names) func bitsAreLostInTheLastPlacesAlone(name: String) throws {
    let (plain, model) = (InferenceModel(Examples.model(name)), try quantized(name, Quantization(.bfloat16)))
    for (a, b) in try paired(plain.layers, model.layers) {
      for (x, y) in try paired(a.dequantized, b.dequantized) { #expect(abs(x - y) <= abs(x) / 256) }
    }
  }

  /// What is not cut off errs by at most half a scale, and what is cut off lies beyond the end.
  @Test(arguments: Examples.names) func bytesErrByHalfAScaleAtMost(name: String) throws {
    let (plain, model) = (InferenceModel(Examples.model(name)), try quantized(name, Quantization(.int8)))
    for (a, b) in try paired(plain.layers, model.layers) {
      guard case .integers(.int8, let integers, let scales) = b.weights else { throw CancellationError() }
      let size = a.channels * a.taps
      for (index, (x, y)) in try paired(a.dequantized, b.dequantized).enumerated() {
        let isAtEnd = abs(integers[index]) == 127 && abs(x) > abs(y)
        #expect(isAtEnd || abs(x - y) <= 0.5001 * scales[index / size])
      }
      // A row uses its range.
      for row in 0..<a.outputs { #expect(integers[row * size..<(row + 1) * size].contains { abs($0) > 100 }) }
    }
  }

  @Test(arguments: Examples.names) func nibblesComeBackThroughAFile(name: String) throws {
    let model = try quantized(name, Quantization(.int4, keeping: ["blocks.0": .int8, "head.1": .bfloat16]))
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/m")
      #expect(try InferenceModel.load(folder + "/m") == model)
    }
  }

  @Test(arguments: Precision.schemes) func theResultDoesNotDependOnThreads(scheme: Precision) throws {
    #expect(try quantized("plain", Quantization(scheme)) == quantized("plain", Quantization(scheme), threads: 4))
  }

  @Test func keptLayersStayAsTheyWere() throws {
    let plain = InferenceModel(Examples.model())
    let model = try quantized("plain", Quantization(.int4, keeping: ["blocks.1": .float32, "head": .bfloat16]))
    func layers(_ model: InferenceModel, _ prefix: String) -> [InferenceLayer] {
      model.layers.filter { $0.path.hasPrefix(prefix) }
    }
    #expect(layers(model, "blocks.1.").count == 3 && layers(model, "blocks.1.") == layers(plain, "blocks.1."))
    #expect(layers(model, "head.").nonemptyAllSatisfy { $0.precision == .bfloat16 })
    #expect(layers(model, "blocks.0.").nonemptyAllSatisfy { $0.precision == .int4 })
  }

  @Test func numbersBeyondTheLargestOf16BitsAreCutOff() throws {
    var model = Examples.model("kernel 1, one block")
    model.parameters["head.0.weight"][0, 0, 0] = .greatestFiniteMagnitude
    let quantized = Quantizer(model, calibration: nil).quantized(Quantization(.bfloat16))
    let head = try #require(quantized.layers.first { $0.path == "head.0" })
    #expect(head.dequantized.nonemptyAllSatisfy { $0.isFinite })
  }

  /// Fewer bits lose more, and none loses much: the whole way, through the arithmetic that generates.
  @Test(arguments: Examples.names) func fewerBitsLoseMore(name: String) throws {
    let plain = Examples.model(name)
    let codes = Examples.codes(plain.configuration, count: 500)
    let noise = try Precision.schemes.map { scheme in
      try LogitComparison(InferenceModel(plain), quantized(name, Quantization(scheme)), on: [codes])
        .signalToNoiseDecibels
    }
    #expect(noise[0] > 30 && noise[1] > 25 && noise[2] > 8, "\(noise)")
    #expect(noise[1] > noise[2] + 10, "\(noise)")
  }

  @Test func modelsAreBroughtIntoAPrecisionWhenTheyAreLoaded() throws {
    try withTemporaryFolder { folder in
      let plain = Examples.model()
      try plain.save(to: folder + "/plain")
      let location = try ModelLocation(folder + "/plain")
      #expect(try InferenceModel.load(location, precision: nil) == InferenceModel(plain))
      #expect(try InferenceModel.load(location, precision: .float32) == InferenceModel(plain))
      let model = try InferenceModel.load(location, precision: .int8)
      #expect(try model == plain.quantized(Quantization(.int8)) && model.quantization == Quantization(.int8))
      try model.save(to: folder + "/int8")
      let quantized = try ModelLocation(folder + "/int8")
      #expect(try InferenceModel.load(quantized, precision: .int8) == model)
      for other in [Precision.float32, .bfloat16, .int4] {
        let fault = CompressionFault.otherPrecision(path: folder + "/int8", actual: .int8, asked: other)
        #expect(throws: fault) { try InferenceModel.load(quantized, precision: other) }
        #expect(fault.exitStatus == .badData)
      }
    }
  }
}
