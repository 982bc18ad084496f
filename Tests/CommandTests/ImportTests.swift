import Foundation
import Kodama
import TestSupport
import Testing

/// Another program's weights, by the command.
@Suite struct ImportTests {
  private static let vocoder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Examples/Vocoder"
  private static let sources = [
    vocoder + "/weights", "--mapping", vocoder + "/mapping.json", "--config", vocoder + "/config.json",
  ]

  @Test func aModelOfForeignWeightsGenerates() throws {
    try withTemporaryFolder { folder in
      let model = folder + "/model"
      let end = try expectSuccess(["import"] + Self.sources + ["-o", model])
      let lines = end.text.split(separator: "\n")
      #expect(lines.count == 32 && lines.dropFirst().allSatisfy { $0.hasSuffix("fits") }, "\(end.text)")
      #expect(end.text.contains("first_conv.weight + first_conv.bias") && end.errors.contains(model))
      #expect(try names(in: model) == ["config.json", "model.safetensors"])
      try FeatureModels.writeFrames(folder + "/frames.npy", count: 20, channels: 2)
      try expectSuccess(["generate", model, "-o", folder + "/out.wav", "--features", folder + "/frames.npy", "--quiet"])
      #expect(try expectSuccess(["inspect", model]).text.contains("8,000 Hz"))
      try expectFailure(73, ["import"] + Self.sources + ["-o", model], mentions: [model, "--force"])
      try expectSuccess(["import"] + Self.sources + ["-o", model, "--force", "--quiet"])
      let checked = try expectSuccess(["import"] + Self.sources + ["--check"])
      #expect(checked.text == end.text && checked.errors.isEmpty)
    }
  }

  @Test func whatDoesNotFitIsInOneTable() throws {
    try withTemporaryFolder { folder in
      let output = ["-o", folder + "/model"]
      try expectFailure(
        65, ["import"] + Self.sources + output + ["--set", "skip_channels=7"],
        mentions: ["it must have shape", "not [6, 4, 1]", "blocks.0.skip.weight", "fit and", "mapping"])
      let mapping = folder + "/mapping.json"
      func fail(_ status: Int32, _ text: String, _ mentions: [String]) throws {
        try write(text.utf8, to: mapping)
        try expectFailure(
          status,
          ["import", Self.sources[0], "--mapping", mapping, "--config", Self.sources[4]] + output, mentions: mentions)
      }
      try fail(65, "{", [mapping])
      try fail(65, "{\"tensors\": {}}", ["embedding.weight: the mapping has nothing for it", "no parameter takes it"])
      try fail(65, "{\"tensor\": {}}", [mapping, "did you mean \"tensors\"?"])
      try fail(
        65, "{\"tensors\": {\"embedding.weight\": {\"from\": \"a\", \"permute\": [1]}}}", ["permute", "each once"])
      #expect(try names(in: folder) == ["mapping.json"])
    }
  }

  @Test func wrongArgumentsAreNamed() throws {
    try withTemporaryFolder { folder in
      let output = ["-o", folder + "/model"]
      try expectFailure(64, ["import"] + Self.sources, mentions: ["-o", "--check"])
      try expectFailure(64, ["import"] + Self.sources + output + ["--check"], mentions: ["--check writes nothing"])
      try expectFailure(64, ["import", Self.sources[0]] + output, mentions: ["--mapping"])
      try expectFailure(
        64, ["import"] + Self.sources + output + ["--set", "colour=3"], mentions: ["colour", "did you mean"])
      try expectFailure(
        64, ["import", Self.sources[0], "--mapping", Self.sources[2]] + output, mentions: ["no sample rate", "--rate"])
      try expectFailure(65, ["import"] + Self.sources + output + ["--rate", "0"], mentions: ["sample_rate"])
      try expectFailure(
        66, ["import", folder + "/none.safetensors"] + Self.sources.dropFirst() + output, mentions: ["none.safetensors"]
      )
      try expectFailure(
        66, ["import", Self.sources[0], "--mapping", folder + "/none.json", "--config", Self.sources[4]] + output,
        mentions: ["none.json"])
      try write([0x80, 2] + [UInt8](repeating: 0, count: 20), to: folder + "/model.pt")
      try expectFailure(
        65, ["import", folder + "/model.pt"] + Self.sources.dropFirst() + output, mentions: ["pickle", "safetensors"])
      #expect(try names(in: folder) == ["model.pt"])
    }
  }
}
