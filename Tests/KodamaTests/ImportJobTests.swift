import Foundation
import TestSupport
import Testing

@testable import Kodama

/// Another program's weights: `vocoder_golden.py` beside this file made the folder `Examples/Vocoder`.
@Suite struct ImportJobTests {
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
  private static let folder = here + "/../../Examples/Vocoder"
  /// nil where this machine has no PyTorch.
  static let python = Python(importing: "torch", "safetensors")

  private func job(_ folder: String = folder, mapping: String? = nil, config: String? = nil) throws -> ImportJob {
    try ImportJob(
      weights: folder + "/weights", mapping: mapping ?? folder + "/mapping.json",
      architecture: ImportJob.Architecture(file: config ?? folder + "/config.json"))
  }

  /// Compares logits with PyTorch's.
  private func expectLogits(_ model: WaveNetModel, _ folder: String) throws {
    let golden = try SafetensorsReader(folder + "/golden.safetensors")
    let shape = try #require(golden.shape(of: "codes"))
    let features = FeatureWindow(
      try golden.elements(of: "features"), shape: try #require(golden.shape(of: "features")))
    let input = WaveNetInput(codes: try golden.elements(of: "codes"), shape: shape, features: features)
    let logits = model.network.logits(input, Pass(model.parameters)).value
    expectClose(logits, try golden.tensor("logits"), tolerance: 1e-5)
  }

  @Test func aVocoderComputesWhatItDidInPyTorch() throws {
    let job = try job()
    #expect(job.assignment.problems.isEmpty && job.assignment.rows.count == 4 * 7 - 2 + 5)
    try expectLogits(try job.model(), Self.folder)
    // And from the folder that was saved.
    try withTemporaryFolder { folder in
      try job.model().save(to: folder + "/model")
      try expectLogits(try WaveNetModel.load(folder + "/model"), Self.folder)
    }
  }

  @Test(.enabled(if: python != nil, "no Python with torch and safetensors; name one with KODAMA_PYTHON"))
  func anyVocoderComputesWhatItDidInPyTorch() throws {
    try withTemporaryFolder { folder in
      let end = try #require(Self.python).run([Self.here + "/vocoder_golden.py", folder, "--seed", "7"])
      try #require(end.status == 0, "\(end.errors)")
      #expect(try bytes(folder + "/mapping.json") == bytes(Self.folder + "/mapping.json"))
      try expectLogits(try job(folder).model(), folder)
    }
  }

  @Test func everythingThatDoesNotFitIsListed() throws {
    try withTemporaryFolder { folder in
      func rows(_ change: (inout String) -> Void) throws -> [String] {
        var text = try String(contentsOfFile: Self.folder + "/mapping.json", encoding: .utf8)
        change(&text)
        try write(text.utf8, to: folder + "/mapping.json")
        return try job(mapping: folder + "/mapping.json").assignment.problems.map(\.description)
      }
      let missing = try rows { $0 = $0.replacingOccurrences(of: "conv1x1_skip.bias\"", with: "conv1x1_skip.offset\"") }
      #expect(missing.count == 8)
      #expect(missing[0] == "blocks.0.skip.bias: there is no tensor conv_layers.0.conv1x1_skip.offset")
      #expect(missing[4] == "conv_layers.0.conv1x1_skip.bias: no parameter takes it")
      let shape = try rows {
        $0 = $0.replacingOccurrences(of: "\"last_conv_layers.3.bias\"", with: "\"first_conv.bias\"")
      }
      #expect(
        shape == ["head.1.bias: it must have shape [16], not [5]", "last_conv_layers.3.bias: no parameter takes it"])
      let surplus = try rows { $0 = $0.replacingOccurrences(of: "{last}", with: "9") }
      #expect(surplus.count == 3 && surplus.allSatisfy { $0.hasPrefix("conv_layers.3.conv1x1_out") })
      let rule = try rows { $0 = $0.replacingOccurrences(of: "\"head.0.bias\"", with: "\"head.2.bias\"") }
      #expect(
        rule == [
          "head.0.bias: the mapping has nothing for it", "head.2.bias: the network has no such parameter",
          "last_conv_layers.1.bias: no parameter takes it",
        ] || Set(rule).count == 2, "\(rule)")
      #expect(throws: CheckpointFault.self) { try job(mapping: folder + "/mapping.json").model() }
    }
  }

  @Test func theArchitectureComesFromAFileAndFromChanges() throws {
    let file = Self.folder + "/config.json"
    let plain = try ImportJob.Architecture(file: file)
    let configuration = try ModelDescription(file).configuration
    #expect(plain.sampleRate == 8000 && plain.configuration == configuration)
    let changed = try ImportJob.Architecture(file: file, assignments: ["classes=32"], sampleRate: 16_000)
    #expect(changed.sampleRate == 16_000 && changed.configuration.classes == 32)
    #expect(throws: JobFault.noSampleRate) { try ImportJob.Architecture(file: nil) }
    #expect(throws: TrainingFault.self) { try ImportJob.Architecture(file: file, assignments: ["colour=3"]) }
    try withTemporaryFolder { folder in
      let settings = folder + "/settings.json"
      try write(#"{"architecture": {"residual_channels": 12}, "sample_rate": 22050}"#.utf8, to: settings)
      let other = try ImportJob.Architecture(file: settings)
      #expect(other.sampleRate == 22_050 && other.configuration.residualChannels == 12)
    }
  }
}
