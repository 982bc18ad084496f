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
      // Beside the model before, on the same recordings.
      let line = try #require(end.errors.split(separator: "\n").first { $0.hasPrefix("held out ") })
      let values = line.split(separator: " ").compactMap { Double($0) }
      let best = try #require(RunFolder(run).best?.loss)
      try #require(values.count == 2 && line.contains("bits per sample before training"), "\(line)")
      #expect(abs(values[1] - best) < 0.001 && abs(values[0] - 8) < 0.5, "\(line), \(best)")
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

  /// A lottery ticket: what stays begins again where it began.
  @Test func whatStaysReturnsToTheStart() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(
        prune(run, ["--steps", "4", "--sparsity", "0.5", "--structure", "element", "--rewind", "--quiet"]))
      let settings = try TrainingJob.settings(ofRun: run)
      #expect(settings.plan.pruning?.rewinds == true && settings.plan.pruning?.lastStep == 2)
      // The same, ended at the step of the last choice.
      let short = folder + "/short"
      let options = ["sparsity=0.5", "structure=element", "rewind=true", "last_step=2"]
      try expectSuccess(
        ["train", Fixture.corpus, "-o", short, "--from", Fixture.run, "--steps", "2", "--batch", "1", "--quiet"]
          + options.flatMap { ["--set", "plan.pruning." + $0] })
      let (start, ticket) = (try WaveNetModel.load(Fixture.run), try WaveNetModel.load(short))
      var zeros = 0
      for name in start.parameters.names {
        for (a, b) in try paired(ticket.parameters[name].elements, start.parameters[name].elements) {
          #expect(a == b || a == 0, "\(name)")
          if a == 0 && b != 0 { zeros += 1 }
        }
      }
      #expect(zeros > start.parameters.count / 4)
      #expect(try !names(in: short + "/checkpoints/step-2").contains("earlier_model.safetensors"))
    }
  }

  @Test(arguments: [false, true]) func resumedBeforeItReturnsTheBitsAreTheSame(ends: Bool) throws {
    try withTemporaryFolder { folder in
      let options = ["sparsity=0.6", "structure=element", "interval=1", "last_step=4", "rewind=true"]
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      try expectSuccess(
        [
          "train", Fixture.corpus, "-o", whole, "--steps", "6", "--batch", "1", "--quiet", "--from", Fixture.run,
          "--set", "checkpoint_interval=2",
        ] + options.flatMap { ["--set", "plan.pruning." + $0] })
      try FileManager.default.copyItem(atPath: whole, toPath: parts)
      for step in ends ? [6] : [4, 6] {
        try FileManager.default.removeItem(atPath: parts + "/checkpoints/step-\(step)")
      }
      #expect(try names(in: parts + "/checkpoints/step-2").contains("earlier_model.safetensors"))
      try expectSuccess(["train", Fixture.corpus, "-o", parts, "--resume", "--quiet"])
      for name in ["model.safetensors", "average.safetensors", "trainer.safetensors"] {
        let files = try [whole, parts].map { try bytes("\($0)/checkpoints/step-6/\(name)") }
        #expect(files[0] == files[1], "\(name)")
      }
    }
  }

  @Test func pruningSwitchedOnTooLateIsRefused() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let train = ["train", Fixture.corpus, "-o", run, "--batch", "1", "--quiet"]
      try expectSuccess(train + ["--from", Fixture.run, "--steps", "5"])
      let pruned =
        train + ["--resume", "--allow-changes"]
        + ["sparsity=0.5", "structure=element"].flatMap { ["--set", "plan.pruning." + $0] }
      try expectFailure(
        64, pruned + ["--steps", "6"], mentions: ["ends at step 3", "the run is at 5", "last_step"])
      try expectSuccess(pruned + ["--steps", "8", "--set", "plan.pruning.last_step=7"])
      for share in try zeroShares(run) { #expect(share > 0.3) }
    }
  }

  @Test(arguments: ["magnitude", "gradient"]) func resumedInTheMiddleTheBitsAreTheSame(criterion: String) throws {
    try withTemporaryFolder { folder in
      // Between two choices.
      let settings = [
        "sparsity=0.6", "structure=element", "interval=2", "last_step=6", "criterion=\(criterion)",
      ]
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      try expectSuccess(
        [
          "train", Fixture.corpus, "-o", whole, "--steps", "7", "--batch", "1", "--quiet", "--from", Fixture.run,
          "--set",
          "checkpoint_interval=3",
        ] + settings.flatMap { ["--set", "plan.pruning." + $0] })
      let checkpoints = try FileManager.default.contentsOfDirectory(atPath: whole + "/checkpoints")
      try #require(checkpoints.contains("step-3") && checkpoints.contains("step-7"))
      // As if it had ended after three steps, half of the way.
      try FileManager.default.copyItem(atPath: whole, toPath: parts)
      for step in [6, 7] { try FileManager.default.removeItem(atPath: parts + "/checkpoints/step-\(step)") }
      try expectSuccess(["train", Fixture.corpus, "-o", parts, "--resume", "--quiet"])
      for name in ["model.safetensors", "average.safetensors", "trainer.safetensors"] {
        let files = try [whole, parts].map { try bytes("\($0)/checkpoints/step-7/\(name)") }
        #expect(files[0] == files[1], "\(name)")
      }
      for share in try zeroShares(whole) { #expect(share > 0.5) }
    }
  }

  @Test(arguments: [
    (["--sparsity", "1"], ["--sparsity", "1.0"]), (["--sparsity", "nan"], ["--sparsity", "nan"]),
    (["--sparsity", "-0.1"], ["--sparsity"]), (["--steps", "0"], ["--steps"]), (["--for", "0s"], ["--for"]),
    (["--steps", "5", "--for", "5s"], ["not both"]), (["--epochs", "2"], ["--epochs"]),
    (["--structure", "row"], ["row", "element"]), (["--batch", "-1"], ["-1"]), (["--learning-rate", "-1"], ["-1"]),
    (["--structure", "channel", "--sparsity", "1"], ["--sparsity", "1.0"]),
    (["--structure", "channel", "--sparsity", "nan"], ["--sparsity", "nan"]),
    (["--structure", "channel", "--sparsity", "0.99"], ["0.99", "from 0 to 0.", "--sparsity"]),
    (["--structure", "channel", "--allocation", "global"], ["--allocation"]),
    (["--structure", "channel", "--keep", "head.*"], ["--keep"]),
    (["--structure", "channel", "--criterion", "gradient"], ["--criterion"]), (["--criterion", "size"], ["gradient"]),
  ]) func aWrongOptionIsAUsageError(options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(64, prune(folder + "/run", options), mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func withoutChannelsAModelIsASmallerOne() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let arguments = ["--structure", "channel", "--sparsity", "0.5", "--steps", "4"]
      let end = try expectSuccess(prune(run, arguments))
      let (before, after) = (try WaveNetModel.load(Fixture.run), try WaveNetModel.load(run))
      let counts = [before, after].map { ChannelCounts($0.configuration).named }
      let costs = [before, after].map(\.network.cost.multiplyAdds)
      #expect(2 * costs[1] <= costs[0] && costs[1] > 0)
      for (one, two) in try paired(counts[0], counts[1]) {
        #expect(two.count <= one.count)
        #expect(end.errors.contains("\(one.name) channels \(one.count) to \(two.count)"), "\(end.errors)")
      }
      #expect(end.errors.contains("multiply-adds a sample") && end.errors.contains("pruned "), "\(end.errors)")
      let settings = try TrainingJob.settings(ofRun: run)
      #expect(settings.architecture == after.configuration && settings.plan.pruning == nil && settings.steps == 4)

      // Whatever the threads.
      try expectSuccess(prune(folder + "/again", arguments + ["--threads", "3", "--quiet"]))
      let files = try [run, folder + "/again"].map { try bytes($0 + "/checkpoints/step-4/model.safetensors") }
      #expect(files[0] == files[1])
      // Nothing is measured for a run that is there.
      try expectFailure(73, prune(run, arguments), mentions: ["--resume", run])

      try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--steps", "6", "--quiet"])
      try expectSuccess(["generate", run, "-o", folder + "/a.wav", "--samples", "300", "--quiet"])
      try expectSuccess(["score", run, Fixture.corpus, "--json"])
      try expectSuccess(
        ["compress", "quantize", run, "-o", folder + "/int8", "--calibrate", Fixture.corpus, "--quiet"])
      try expectSuccess(["export", run, "-o", folder + "/model.onnx"])
      // And once more.
      try expectSuccess(
        [
          "compress", "prune", run, Fixture.corpus, "-o", folder + "/smaller", "--batch", "1", "--structure", "channel",
          "--sparsity", "0.3", "--for", "1s", "--quiet",
        ])
      #expect(try WaveNetModel.load(folder + "/smaller").network.cost.multiplyAdds < costs[1])
    }
  }

  @Test func channelsOfAConditionedModelAreRemoved() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(
        [
          "compress", "prune", FeatureModels.mel, FeatureModels.sounds, "-o", run, "--structure", "channel", "--batch",
          "1", "--steps", "2", "--sparsity", "0.3", "--quiet",
        ])
      let costs = try [FeatureModels.mel, run].map { try WaveNetModel.load($0).network.cost.multiplyAdds }
      #expect(Double(costs[1]) <= 0.7 * Double(costs[0]))
    }
  }

  /// What each layer has of zeros follows from the losses without some of its weights.
  @Test func zerosAreDividedBySensitivity() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let arguments = ["--steps", "4", "--sparsity", "0.6", "--structure", "element", "--allocation", "sensitivity"]
      try expectSuccess(prune(run, arguments))
      let pruning = try #require(try TrainingJob.settings(ofRun: run).plan.pruning)
      #expect(pruning.allocation == .uniform && Set(pruning.layers.map(\.sparsity)).count > 2)
      let model = try WaveNetModel.load(run)
      let pruner = Pruner(pruning, model.network.declarations)
      #expect(pruner.names == pruning.layers.map(\.pattern))
      #expect(abs(pruner.finalSparsity - 0.6) < 1e-9)
      let found = pruner.sparsity(of: model.parameters)
      #expect(found > 0.58 && found <= 0.6)
      for layer in pruning.layers {
        let weights = model.parameters[layer.pattern].elements
        let zeros = Double(weights.count { $0 == 0 })
        #expect(zeros >= (layer.sparsity * Double(weights.count)).rounded(.down) - 1e-6, "\(layer)")
      }
      // Whatever the threads; and the run goes on with the same shares.
      try expectSuccess(prune(folder + "/again", arguments + ["--threads", "3", "--quiet"]))
      #expect(try TrainingJob.settings(ofRun: folder + "/again").plan.pruning == pruning)
      try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--steps", "5", "--quiet"])
      #expect(try TrainingJob.settings(ofRun: run).plan.pruning == pruning)
    }
  }

  @Test func channelsOfAClassifierAreNotRemoved() throws {
    try withTemporaryFolder { folder in
      let configuration = ClassifierConfiguration(
        features: ClassifierConfiguration.standardFeatures(sampleRate: Fixture.sampleRate),
        network: ClassifierNetwork(.mobile, width: 0.25), labels: [LabelSet("digit", ["0", "1"])])
      let model = ClassifierModel(
        configuration: configuration, parameters: Parameters(configuration.layers.declarations, seed: 1))
      try model.save(to: folder + "/ear")
      try expectFailure(
        64,
        [
          "compress", "prune", folder + "/ear", Fixture.corpus, "-o", folder + "/run", "--structure", "channel",
        ], mentions: ["WaveNets", "block or element"])
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
      try expectFailure(
        64, train + ["--set", "plan.pruning.sparsity=0.5", "--set", "plan.pruning.last_step=9"],
        mentions: ["ends at step 9", "4"])
      for (layers, mention) in [
        (#"[{"pattern":"head.*","sparsity":1}]"#, "sparsity"), (#"[{"pattern":"tail.*","sparsity":0.5}]"#, "tail.*"),
      ] {
        try expectFailure(64, train + ["--set", "plan.pruning.layers=\(layers)"], mentions: [mention])
      }
      try expectFailure(
        64,
        train + [
          "--set", #"plan.pruning.layers=[{"pattern":"head.*","sparsity":0.5}]"#, "--set",
          "plan.pruning.allocation=global",
        ], mentions: ["counted together"])
      let normalized = ["train", Fixture.corpus, "-o", folder + "/wn", "--steps", "2", "--preset", "tiny"]
      try expectFailure(
        64, normalized + ["--set", "weight_normalization=true", "--set", "plan.pruning.sparsity=0.5"],
        mentions: ["weight_v", "weight normalization"])
    }
  }
}
