import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama compress prune`, and what other commands make of its models.
@Suite struct PruneTests {
  private func prune(_ folder: String, _ arguments: [String] = []) -> [String] {
    ["compress", "prune", Fixture.run, Fixture.corpus, "-o", folder, "--batch", "1"] + arguments
  }

  /// The share of zeros of the layers of the model of a run.
  private func zeroShares(_ run: String) throws -> [Double] {
    InferenceModel(try WaveNetModel.load(run)).layers.map(\.zeroShare)
  }

  @Test func aPrunedModelIsTakenLikeAnyOther() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let end = try expectSuccess(prune(run, ["--steps", "6", "--sparsity", "0.5", "--structure", "element"]))
      #expect(end.errors.contains("% of the elements are 0"), "\(end.errors)")
      for share in try zeroShares(run) { #expect(share > 0.45 && share < 0.55) }
      let settings = try TrainingJob.settings(ofRun: run)
      #expect(settings.plan.pruning?.lastStep == 3 && settings.plan.pruning?.sparsity == 0.5)

      // Rounded, zeros stay zeros; and what reads models reads these.
      try expectSuccess(
        ["compress", "quantize", run, "-o", folder + "/int8", "--calibrate", Fixture.corpus, "--quiet"])
      for layer in try InferenceModel.load(folder + "/int8").layers { #expect(layer.zeroShare >= 0.45) }
      try expectSuccess(["generate", folder + "/int8", "-o", folder + "/a.wav", "--samples", "300", "--quiet"])
      try expectSuccess(["score", run, Fixture.corpus, "--json"])

      // Trained on, a run prunes on; another sparsity is a change.
      try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--steps", "8", "--quiet"])
      for share in try zeroShares(run) { #expect(share > 0.45 && share < 0.55) }
      try expectFailure(
        65, ["train", Fixture.corpus, "-o", run, "--resume", "--set", "plan.pruning.sparsity=0.4"],
        mentions: ["pruning", "--allow-changes"])
    }
  }

  @Test func interruptedAndResumedTheBitsAreTheSame() throws {
    try withTemporaryFolder { folder in
      let options = ["--from", Fixture.run, "--set", "plan.pruning.sparsity=0.6", "--set", "plan.pruning.interval=1"]
      func train(_ run: String, _ steps: Int, _ more: [String]) throws {
        try expectSuccess(
          ["train", Fixture.corpus, "-o", run, "--steps", "\(steps)", "--batch", "1", "--quiet"] + more)
      }
      let end = ["--set", "plan.pruning.last_step=5"]
      try train(folder + "/whole", 7, options + end)
      try train(folder + "/parts", 4, options + end)
      try train(folder + "/parts", 7, ["--resume"])
      for name in ["model.safetensors", "average.safetensors", "trainer.safetensors"] {
        let files = try ["whole", "parts"].map { try bytes("\(folder)/\($0)/checkpoints/step-7/\(name)") }
        #expect(files[0] == files[1], "\(name)")
      }
    }
  }

  @Test(arguments: [
    (["--sparsity", "1"], ["--sparsity", "1.0"]), (["--sparsity", "nan"], ["--sparsity", "nan"]),
    (["--sparsity", "-0.1"], ["--sparsity"]), (["--steps", "0"], ["--steps"]), (["--for", "0s"], ["--for"]),
    (["--steps", "5", "--for", "5s"], ["not both"]), (["--epochs", "2"], ["--epochs"]),
    (["--structure", "row"], ["row", "element"]),
  ]) func aWrongOptionIsAUsageError(options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(64, prune(folder + "/run", options), mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func whatCannotBePrunedIsNamed() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectFailure(64, prune(run, ["--keep", "tail.*"]), mentions: ["tail.*", "names are such as"])
      try expectFailure(64, prune(run, ["--keep", "*"]), mentions: ["no weight to prune"])
      let train = ["train", Fixture.corpus, "-o", run, "--from", Fixture.run, "--steps", "4"]
      for setting in ["sparsity=1", "sparsity=-1", "interval=0", "structure=\"row\""] {
        try expectFailure(
          64, train + ["--set", "plan.pruning.\(setting)"],
          mentions: [String(setting.prefix { $0 != "=" })])
      }
      try expectFailure(
        64, train + ["--set", "plan.pruning.first_step=3", "--set", "plan.pruning.last_step=2"],
        mentions: ["ends at step 2"])
    }
  }
}
