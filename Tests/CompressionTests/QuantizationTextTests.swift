import KodamaInference
import KodamaLayers
import KodamaWaveNets
import Testing

@testable import KodamaCompression

@Suite struct QuantizationTextTests {
  private func kept(_ text: String) throws -> [String: Precision] {
    try Quantization(.int4, keeping: text, in: Examples.configurations["plain"]!).kept
  }

  @Test func layersAreKeptByTheirPaths() throws {
    #expect(try kept("") == [:])
    #expect(try kept("blocks.0,head=f32") == ["blocks.0": .float32, "head": .float32])
    #expect(
      try kept("blocks.0.skip=int8,blocks.3=bf16,head.1") == [
        "blocks.0.skip": .int8, "blocks.3": .bfloat16, "head.1": .float32,
      ])
  }

  @Test(arguments: [
    ("blocks.4", CompressionFault.noLayer(path: "blocks.4", nearest: "blocks.0")),
    ("haed", .noLayer(path: "haed", nearest: "head")),
    ("blocks.0.dilatd=int8", .noLayer(path: "blocks.0.dilatd", nearest: "blocks.0.dilated")),
    ("blocks.3.residual", .noLayer(path: "blocks.3.residual", nearest: "blocks.0.residual")),
    ("embedding", .noLayer(path: "embedding", nearest: "head")),
    ("head=int3", .noPrecision(item: "head=int3", name: "int3")), ("head=", .noPrecision(item: "head=", name: "")),
    ("head=f32=f32", .noPrecision(item: "head=f32=f32", name: "f32=f32")),
    ("head,head=int8", .keptTwice(path: "head")), ("blocks,head", .nothingToQuantize),
  ]) func whatCannotBeKeptIsAUsageError(text: String, fault: CompressionFault) {
    #expect(throws: fault) { try kept(text) }
    #expect(fault.exitStatus == .usage)
  }
}
