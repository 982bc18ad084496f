import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama compress train`, and what becomes of its models.
@Suite struct CompressTrainTests {
  private func train(_ folder: String, _ arguments: [String] = []) -> [String] {
    ["compress", "train", Fixture.run, Fixture.corpus, "-o", folder, "--batch", "1"] + arguments
  }

  @Test(arguments: Precision.integers) func whatIsTrainedIsWhatIsQuantized(precision: Precision) throws {
    try withTemporaryFolder { folder in
      let (run, small) = (folder + "/run", folder + "/small")
      let (scheme, keep) = (["--scheme", precision.rawValue], ["--keep", "blocks.0,head.1=int8"])
      let end = try expectSuccess(train(run, ["--steps", "4"] + scheme + keep))
      #expect(
        end.errors.contains("compress quantize \(run) --scheme \(precision.rawValue) --keep blocks.0,head.1=int8"))
      let report = try expectSuccess(
        ["compress", "quantize", run, "-o", small, "--calibrate", Fixture.corpus, "--json"] + scheme + keep)
      #expect(report.text.contains("\"scheme\""))
      let (trained, quantized) = (InferenceModel(try WaveNetModel.load(run)), try InferenceModel.load(small))
      for (layer, other) in try paired(trained.layers, quantized.layers) {
        if other.precision != .float32 { #expect(layer.dequantized == other.dequantized, "\(layer.path)") }
        let expected: Precision =
          layer.path.hasPrefix("blocks.0.") ? .float32 : layer.path == "head.1" ? .int8 : precision
        #expect(other.precision == expected, "\(layer.path)")
      }
      try expectSuccess(["generate", small, "-o", folder + "/a.wav", "--samples", "300", "--quiet"])
      try expectSuccess(["score", small, Fixture.corpus, "--json"])
    }
  }

  @Test func resumedInTheMiddleTheBitsAreTheSame() throws {
    try withTemporaryFolder { folder in
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      let start = ["train", Fixture.corpus, "--batch", "1", "--quiet", "--from", Fixture.run]
      let rounding = ["--set", "plan.rounding.precision=int4", "--set", "checkpoint_interval=2"]
      try expectSuccess(start + ["-o", whole, "--steps", "5"] + rounding)
      // As if it had ended after two steps.
      try FileManager.default.copyItem(atPath: whole, toPath: parts)
      for step in [4, 5] { try FileManager.default.removeItem(atPath: parts + "/checkpoints/step-\(step)") }
      try expectSuccess(["train", Fixture.corpus, "-o", parts, "--resume", "--quiet"])
      let names = ["model", "average", "unrounded_model", "unrounded_average", "trainer"]
      for name in names.map({ $0 + ".safetensors" }) {
        let files = try [whole, parts].map { try bytes("\($0)/checkpoints/step-5/\(name)") }
        #expect(files[0] == files[1], "\(name)")
      }
      // Another precision is a change, and the best checkpoint of before does not count.
      let other = ["train", Fixture.corpus, "-o", whole, "--resume", "--set", "plan.rounding.precision=int8"]
      try expectFailure(65, other, mentions: ["rounding", "--allow-changes"])
    }
  }

  @Test(arguments: [
    (["--scheme", "bf16"], ["bf16", "binary"]), (["--scheme", "int5"], ["int5", "int4"]),
    (["--keep", "tail"], ["tail", "did you mean"]), (["--keep", "head=int5"], ["int5"]),
    (["--keep", "input,blocks,head"], []), (["--steps", "0"], ["--steps"]),
    (["--steps", "5", "--for", "5s"], ["not both"]), (["--epochs", "2"], ["--epochs"]),
  ]) func aWrongOptionIsAUsageError(options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(64, train(folder + "/run", options), mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }
}
