import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaAmplifiers

@Suite struct ReadingTests {
  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(AmplifierExamples.path(name)), as: UTF8.self)
  }

  private func fault(_ text: String) throws -> any Fault {
    let error = try #require(throws: (any Error).self) {
      _ = try AmplifierModel(parsing: Array(text.utf8), path: "amp.nam")
    }
    return try #require(error as? any Fault)
  }

  /// A plain WaveNet of two layers, with a text replaced.
  private func changed(_ part: String, to other: String) throws -> String {
    let text = try text("wavenet-one-array")
    try #require(text.contains(part), "\(part) in \(text.prefix(400))")
    return text.replacingOccurrences(of: part, with: other)
  }

  @Test func whatIsReadIsThere() throws {
    let model = try AmplifierExamples.model("wavenet-one-array")
    guard case .waveNet(let network) = model.architecture else { return #expect(Bool(false)) }
    #expect(network.arrays.count == 1)
    #expect(model.sampleRate == nil && model.effectiveSampleRate == 48_000)
    #expect(try AmplifierExamples.model("array-head").sampleRate == 48_000)
    #expect(model.weights.count == model.architecture.weightCount)
  }

  @Test func aFileCutAnywhereIsRefused() throws {
    let text = Array(try text("everything").utf8)
    for length in stride(from: 0, to: text.count - 2, by: 97) {
      let error = try #require(throws: (any Error).self) {
        _ = try AmplifierModel(parsing: Array(text[..<length]), path: "amp.nam")
      }
      let fault = try #require(error as? any Fault)
      #expect(fault.exitStatus == .badData)
      #expect(fault.description.hasPrefix("amp.nam"))
    }
  }

  /// Changes of a file, and what the message has to name.
  static let faults: [(part: String, other: String, named: String)] = [
    ("\"version\":\"0.5.0\"", "\"version\":\"1.0.0\"", "version"),
    ("\"version\":\"0.5.0\"", "\"version\":\"0.4.0\"", "version"),
    ("\"version\":\"0.5.0\"", "\"version\":7", "version"),
    ("\"architecture\":\"WaveNet\"", "\"architecture\":\"Transformer\"", "architecture"),
    ("\"activation\":\"Tanh\"", "\"activation\":\"Tanhh\"", "config.layers[0].activation"),
    ("\"activation\":\"Tanh\"", "\"activation\":null", "config.layers[0].activation"),
    ("\"kernel_size\":3", "\"kernel_size\":0", "config.layers[0].kernel_size"),
    ("\"kernel_size\":3", "\"kernel_size\":1e300", "config.layers[0].kernel_size"),
    ("\"kernel_size\":3", "\"kernel_size\":4000", "weights"),
    ("\"kernel_size\":3", "\"kernel_size\":3,\"kernel_sizes\":[3,3]", "config.layers[0].kernel_size"),
    ("\"channels\":", "\"channels\":-1,\"old\":", "config.layers[0].channels"),
    ("\"channels\":", "\"channels\":4096,\"old\":", "weights"),
    ("\"head_scale\":", "\"scale\":", "config.head_scale"),
    ("\"weights\":[", "\"sample_rate\":0,\"weights\":[", "sample_rate"),
    ("\"weights\":[", "\"sample_rate\":\"fast\",\"weights\":[", "sample_rate"),
    ("\"weights\":[", "\"weights\":[0.5,", "weights"),
    ("\"weights\":[", "\"weights\":[1e60,", "weights"),
    ("\"weights\":[", "\"weights\":[\"a\",", "weights"),
    ("\"weights\":[", "\"other\":[", "weights"),
    ("\"weights\":[", "\"weights\":5,\"other\":[", "weights"),
    ("\"input_size\":1", "\"input_size\":2", "config.layers[0].input_size"),
    ("\"condition_size\":1", "\"condition_size\":2", "config.layers[0].condition_size"),
    ("\"config\":{", "\"config\":{\"condition_dsp\":5,", "config.condition_dsp"),
    ("\"config\":{", "\"config\":{\"in_channels\":0,", "config.in_channels"),
    ("\"layers\":[{", "\"layers\":[{\"groups_input\":7,", "config.layers[0].groups_input"),
    ("\"layers\":[{", "\"layers\":[{\"conv_pre_film\":true,", "config.layers[0].conv_pre_film"),
    ("\"layers\":[{", "\"layers\":[{\"gating_mode\":\"open\",", "config.layers[0].gating_mode"),
    ("\"layers\":[{", "\"layers\":[{\"head1x1\":{\"active\":true},", "config.layers[0].head1x1.groups"),
    ("\"layers\":[{", "\"layers\":[{\"head1x1_post_film\":{},", "config.layers[0].head1x1_post_film.active"),
    ("\"layers\":[{", "\"layers\":[{\"slimmable\":{\"method\":\"magic\"},", "config.layers[0].slimmable.method"),
    ("\"config\":{", "\"config\":[],\"old\":{", "config"),
  ]

  @Test(arguments: faults) func aWrongFileIsRefusedByName(fault: (part: String, other: String, named: String)) throws {
    let found = try self.fault(try changed(fault.part, to: fault.other))
    #expect(found.exitStatus == .badData)
    #expect(found.description.contains(fault.named), "\(found.description)")
    #expect(found.description.hasPrefix("amp.nam"))
  }

  @Test func dilationsBeyondMemoryAreRefused() throws {
    let text = try text("wavenet-one-array")
    let range = try #require(text.range(of: #""dilations":\[[0-9,]*\]"#, options: .regularExpression))
    let count = text[range].filter { $0 == "," }.count + 1
    let huge = "\"dilations\":[" + Array(repeating: "16000000", count: count).joined(separator: ",") + "]"
    let found = try fault(text.replacingCharacters(in: range, with: huge))
    #expect(found.description.contains("config.layers"), "\(found.description)")
    #expect(found.exitStatus == .badData)
  }

  @Test func deepNestingIsRefused() throws {
    let levels = String(repeating: "{\"config\":", count: 100_000)
    let found = try fault(levels)
    #expect(found is JSONFault)
    #expect(found.exitStatus == .badData)
  }

  @Test func numbersThatAreNoneAreRefused() throws {
    for word in ["NaN", "Infinity", "-Infinity"] {
      #expect(try fault(try changed("\"weights\":[", to: "\"weights\":[\(word),")).exitStatus == .badData)
    }
  }

  @Test func aMissingFileIsNamed() throws {
    let error = try #require(throws: FileFault.self) { _ = try AmplifierModel(contentsOf: "/nowhere/amp.nam") }
    #expect(error.exitStatus == .noInput)
  }

  @Test func metadataIsRead() throws {
    let model = try AmplifierExamples.model("metadata")
    #expect(model.metadata.loudness != nil)
    #expect(!model.metadata.names.isEmpty)
  }
}
