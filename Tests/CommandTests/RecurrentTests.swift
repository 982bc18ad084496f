import Foundation
import Kodama
import TestSupport
import Testing

/// Recurrent networks through the commands.
@Suite struct RecurrentTests {
  /// What makes `train` quick: the arguments after the corpus and the output.
  private static let small = [
    "--preset", "gru", "--set", "recurrent_units=12", "--set", "residual_channels=4", "--set", "head_channels=16",
    "--set", "sample_seconds=0.01", "--crop", "200", "--batch", "2", "--quiet",
  ]

  private func train(_ run: String, steps: Int, _ more: [String] = []) -> [String] {
    ["train", Fixture.corpus, "-o", run, "--steps", "\(steps)"] + Self.small + more
  }

  private func object(_ arguments: [String]) throws -> [String: Any] {
    let output = try expectSuccess(arguments).output
    return try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
  }

  @Test func aRecurrentNetworkGoesThroughTheCommands() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, steps: 3))
      let text = try expectSuccess(["inspect", run]).text
      for part in ["recurrent", "12 gated units", "input 4, head 16", "all samples before"] {
        #expect(text.contains(part), "\(text)")
      }
      let shown = try object(["inspect", run, "--json"])
      #expect(shown["recurrentUnits"] as? Int == 12 && shown["receptiveFieldSamples"] == nil)
      #expect(shown["dilations"] == nil && shown["modelType"] as? String == "recurrent")
      let bits = try #require(object(["score", run, Fixture.corpus, "--json", "--quiet"])["bitsPerSample"] as? Double)
      #expect(bits > 0 && bits < 9)
      for (name, options) in [("a", []), ("b", ["--threads", "1"]), ("c", ["--streams", "2"])] as [(String, [String])] {
        try expectSuccess(
          ["generate", run, "-o", "\(folder)/\(name).wav", "--samples", "900", "--prime", Fixture.recording, "--quiet"]
            + options)
      }
      #expect(try bytes(folder + "/a.wav") == bytes(folder + "/b.wav"))
      #expect(try bytes(folder + "/a.wav") == bytes(folder + "/c-1.wav"))

      for scheme in ["int8", "bf16", "int4"] {
        let model = folder + "/" + scheme
        try expectSuccess(
          ["compress", "quantize", run, "-o", model, "--scheme", scheme, "--calibrate", Fixture.corpus, "--quiet"])
        try expectSuccess(["generate", model, "-o", model + ".wav", "--samples", "300", "--quiet"])
        let quantized = try object(["score", model, Fixture.corpus, "--json", "--quiet"])
        let other = try #require(quantized["bitsPerSample"] as? Double)
        #expect(abs(other - bits) < 0.1, "\(scheme): \(other), \(bits)")
      }
      try expectSuccess(["report", run])
    }
  }

  @Test(arguments: ["element", "block"]) func itsWeightsBecomeZero(structure: String) throws {
    try withTemporaryFolder { folder in
      try expectSuccess(train(folder + "/run", steps: 2))
      let pruned = folder + "/pruned"
      try expectSuccess(
        [
          "compress", "prune", folder + "/run", Fixture.corpus, "-o", pruned, "--batch", "1",
          "--steps", "6", "--sparsity", "0.5", "--structure", structure, "--quiet",
        ])
      let layers = InferenceModel(try WaveNetModel.load(pruned)).layers
      #expect(layers.map(\.path) == ["recurrent.input", "recurrent.hidden", "head.0", "head.1"])
      // Blocks are few: as many as make at most half.
      for layer in layers where structure == "element" { #expect(layer.zeroShare > 0.45 && layer.zeroShare < 0.55) }
      #expect(layers[1].zeroShare > 0.3 && layers[1].zeroShare < 0.6, "\(layers[1].zeroShare)")
      try expectSuccess(["generate", pruned, "-o", folder + "/a.wav", "--samples", "300", "--quiet"])
    }
  }

  /// Interrupted after two steps and resumed on two threads, a run has the same bits.
  @Test func aResumedRunHasTheSameBits() throws {
    try withTemporaryFolder { folder in
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      try expectSuccess(train(whole, steps: 4, ["--threads", "1", "--set", "checkpoint_interval=2"]))
      try FileManager.default.copyItem(atPath: whole, toPath: parts)
      try FileManager.default.removeItem(atPath: parts + "/checkpoints/step-4")
      try expectSuccess(["train", Fixture.corpus, "-o", parts, "--resume", "--threads", "2", "--quiet"])
      for name in ["model.safetensors", "average.safetensors", "trainer.safetensors"] {
        let files = try [whole, parts].map { try bytes("\($0)/checkpoints/step-4/\(name)") }
        #expect(files[0] == files[1], "\(name)")
      }
    }
  }

  @Test func labelsConditionIt() throws {
    try withTemporaryFolder { folder in
      for (number, label) in ["a", "b"].enumerated() {
        for take in 0..<2 {
          try Fixture.writeSound(
            "\(folder)/corpus/\(label)/\(take).wav", seconds: 0.5, seed: UInt64(2 * number + take))
        }
      }
      let run = folder + "/run"
      try expectSuccess(
        ["train", folder + "/corpus", "-o", run, "--steps", "2", "--condition", "label"] + Self.small)
      let sounds = try ["a", "b"].map { label in
        let path = "\(folder)/\(label).wav"
        try expectSuccess(
          ["generate", run, "-o", path, "--samples", "300", "--label", "label=" + label, "--quiet"])
        return try bytes(path)
      }
      #expect(sounds[0] != sounds[1])
    }
  }

  @Test func whatDoesNotApplyIsRefused() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectFailure(64, train(run, steps: 1, ["--set", "dilations=[1,2]"]), mentions: ["dilations"])
      try write(#"{"architecture": {"recurrent_units": 16}}"#.utf8, to: folder + "/settings.json")
      try expectFailure(
        65,
        [
          "train", Fixture.corpus, "-o", run, "--preset", "small", "--config", folder + "/settings.json", "--steps",
          "1",
        ],
        mentions: ["architecture.dilations", "architecture.recurrent_units is 16", "no blocks"])
      try expectSuccess(train(run, steps: 1))
      try expectFailure(65, ["export", run, "--to", "onnx", "-o", folder + "/onnx"], mentions: ["recurrent"])
      try expectFailure(65, ["export", run, "--to", "nam", "-o", folder + "/model.nam"], mentions: ["recurrent"])
      try expectFailure(
        64, ["compress", "prune", run, Fixture.corpus, "-o", folder + "/pruned", "--structure", "channel"],
        mentions: ["recurrent", "--structure block"])
      #expect(try names(in: folder) == ["run", "settings.json"])
    }
  }
}
