import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// `kodama compress search`, and what other commands make of its models.
@Suite struct SearchTests {
  private func search(_ folder: String, _ arguments: [String]) -> [String] {
    ["compress", "search", Fixture.run, Fixture.corpus, "-o", folder, "--seconds", "0.5"] + arguments
  }

  private func report(_ arguments: [String]) throws -> CompressionSearchReport {
    try JSONDecoder().decode(CompressionSearchReport.self, from: Data(try expectSuccess(arguments).output))
  }

  @Test func aModelOfASizeIsTakenLikeAnyOther() throws {
    try withTemporaryFolder { folder in
      let (model, page) = (folder + "/model", folder + "/pages/search.html")
      let end = try expectSuccess(search(model, ["--size", "9.2KB", "--report", folder + "/pages"]))
      for part in [
        "f32", "bf16", "int8", "int4", "chosen", "samples/s", "4,000 samples of \(Fixture.corpus)", "head.1",
      ] {
        #expect(end.text.contains(part), "\(end.text)")
      }
      #expect(end.errors.contains(page), "\(end.errors)")
      #expect(try names(in: model) == ["config.json", "model.safetensors"])
      #expect(try InferenceModel.load(model).weightBytes <= 9200)
      try expectSuccess(["inspect", model])
      try expectSuccess(["score", model, Fixture.corpus, "--json"])
      try expectSuccess(["generate", model, "-o", folder + "/a.wav", "--samples", "300", "--quiet"])
      let text = try String(contentsOfFile: page, encoding: .utf8)
      for part in ["Loss against speed", "Loss against size", "blocks.0.dilated", "at most 9,200 bytes", "int4"] {
        #expect(text.contains(part), "\(part)")
      }
      #expect(text.components(separatedBy: "<img").count == 3)
      // Neither is replaced.
      try expectFailure(73, search(model, ["--size", "9.2KB"]), mentions: [model, "--force"])
      try expectFailure(
        73, search(folder + "/other", ["--size", "9.2KB", "--report", page]), mentions: [page, "--force"])
      #expect(try names(in: folder) == ["a.wav", "model", "pages"])
    }
  }

  /// The loss that is reported is that of the model that was written, on recordings that were scored whole.
  @Test func theReportIsOfTheModelThatWasWritten() throws {
    try withTemporaryFolder { folder in
      let model = folder + "/m"
      let report = try report(search(model, ["--loss", "0.05", "--seconds", "60", "--json", "--quiet"]))
      func bits(_ model: InferenceModel) throws -> Double {
        try ScoreJob(model: model, corpus: Fixture.corpus).score().bitsPerSample
      }
      let before = try bits(InferenceModel(WaveNetModel.load(Fixture.run)))
      let after = try bits(InferenceModel.load(model))
      #expect(abs(before - report.bitsPerSampleBefore) < 1e-9)
      #expect(abs(after - before - report.chosen.bitsPerSampleLost) < 1e-9)
      #expect(abs(report.chosen.bitsPerSampleLost) <= 0.05)
      #expect(report.target == .bitsPerSampleLost(0.05) && report.samples == 16_000)
      #expect(report.comparedOn == Fixture.corpus && report.sensitivitySamples == 16_000)
      #expect(report.points[0].name == "f32" && report.points[0].bitsPerSampleLost == 0)
      #expect(try report.chosen.bytes == InferenceModel.load(model).weightBytes)
      #expect(try report.layers.map(\.precision) == InferenceModel.load(model).layers.map(\.precision))
      for group in report.groups {
        #expect(group.choices.first?.precision == .float32 && group.choices.first?.bitsPerSampleLost == 0)
        #expect(group.choices.count { $0.isChosen } == 1)
      }
      #expect(report.groups.flatMap(\.layers).sorted() == report.layers.map(\.path).sorted())
    }
  }

  @Test func anAgentStandsBesideTheGreedySearch() throws {
    try withTemporaryFolder { folder in
      let options = ["--size", "9.2KB", "--agent", "--evaluations", "6", "--seed", "3"]
      let page = folder + "/page.html"
      let end = try expectSuccess(search(folder + "/m", options + ["--report", page]))
      for part in ["chosen by", "greedy search", "agent", "fronts       over bytes and loss the agent's front covers"] {
        #expect(end.text.contains(part), "\(end.text)")
      }
      #expect(try InferenceModel.load(folder + "/m").weightBytes <= 9200)
      let text = try String(contentsOfFile: page, encoding: .utf8)
      for part in ["chosen by", "front covers", "with the seed 3"] { #expect(text.contains(part), "\(part)") }
      let found = try report(search(folder + "/n", options + ["--json", "--quiet"]))
      let comparison = try #require(found.comparison)
      #expect(comparison.seed == 3 && comparison.isSize && comparison.agent.evaluations == 6)
      #expect(found.points.contains { $0.foundBy?.contains(.agent) ?? false })
      for name in ["config.json", "model.safetensors"] {
        #expect(try bytes(folder + "/m/" + name) == bytes(folder + "/n/" + name))
      }
    }
  }

  /// Copies of recordings from their features are searched on these.
  @Test func modelsOnFeaturesAreSearched() throws {
    try withTemporaryFolder { folder in
      let original = InferenceModel(try WaveNetModel.load(FeatureModels.mel))
      let limit = original.weightBytes * 2 / 3
      let report = try report([
        "compress", "search", FeatureModels.mel, FeatureModels.sounds, "-o", folder + "/m", "--size",
        "\(Double(limit) / 1000)KB", "--seconds", "60", "--json", "--quiet",
      ])
      let found = try InferenceModel.load(folder + "/m")
      #expect(found.weightBytes <= limit && report.chosen.bytes == found.weightBytes)
      func bits(_ model: InferenceModel) throws -> Double {
        try ScoreJob(model: model, corpus: FeatureModels.sounds).score().bitsPerSample
      }
      #expect(try abs(bits(found) - bits(original) - report.chosen.bitsPerSampleLost) < 1e-9)
    }
  }

  @Test func theSameSizeComesToTheSameBytes() throws {
    try withTemporaryFolder { folder in
      let losses = try [("a", "1"), ("b", "2")].map { name, threads in
        try report(
          search(folder + "/" + name, ["--size", "8.9KB", "--threads", threads, "--json", "--quiet"])
        ).points.map(\.bitsPerSampleLost)
      }
      #expect(losses[0] == losses[1])
      for name in ["config.json", "model.safetensors"] {
        #expect(try bytes(folder + "/a/" + name) == bytes(folder + "/b/" + name))
      }
    }
  }

  @Test func otherRecordingsMayBeComparedOn() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/other/a.wav", seconds: 0.2, seed: 9)
      let report = try report(
        search(folder + "/m", ["--target", "1/s", "--validation", folder + "/other", "--json", "--quiet"]))
      #expect(report.comparedOn == folder + "/other" && report.samples == 1600)
      #expect(report.chosen.samplesPerSecond >= 1 && report.target == .samplesPerSecond(1))
    }
  }

  // MARK: Faults

  @Test(arguments: [
    (["--size", "1KB"], ["at most 1,000 bytes", "the nearest has", "at a loss of"]),
    (["--target", "1e12/s"], ["at least 1,000,000,000,000 samples a second", "the nearest has"]),
    (["--loss", "-3"], ["at most -3.0000 bits", "the nearest has"]),
  ]) func aTargetThatCannotBeMetIsAnsweredWithTheNearest(options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(
        69, search(folder + "/m", options + ["--report", folder + "/pages/p.html"]), mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test(arguments: [
    ([], ["--target, --size and --loss"]), (["--size", "1MB", "--loss", "1"], ["--target, --size and --loss"]),
    (["--size", "300"], ["--size 300", "300KB"]), (["--size", "300kb"], ["--size 300kb"]),
    (["--size", "-1KB"], ["--size -1KB"]), (["--size", "nanKB"], ["--size nanKB"]), (["--size", "KB"], ["--size KB"]),
    (["--target", "150000"], ["--target 150000", "150000/s"]), (["--target", "0/s"], ["--target 0/s"]),
    (["--target", "inf/s"], ["--target inf/s"]), (["--loss", "nan"], ["--loss nan", "0.02"]),
    (["--loss", "2%"], ["--loss 2%"]), (["--loss", "0.1", "--seconds", "0"], ["--seconds"]),
    (["--loss", "0.1", "--evaluations", "5"], ["--evaluations needs --agent"]),
    (["--loss", "0.1", "--seed", "5"], ["--seed needs --agent"]),
    (["--loss", "0.1", "--agent", "--evaluations", "0"], ["--evaluations must be 1 to 1000"]),
    (["--loss", "0.1", "--validation-signal", "a"], ["--validation"]), (["--loss", "0.1", "--report", ""], ["empty"]),
  ]) func aWrongOptionIsAUsageError(options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(64, search(folder + "/m", options), mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func textsOfTargetsAreRead() throws {
    #expect(try TargetOptions.speed("150000/s") == 150_000 && TargetOptions.speed("1.5e5/s") == 150_000)
    for (text, bytes) in [("300KB", 300_000), ("1.5MB", 1_500_000), ("65536B", 65_536), ("2GB", 2_000_000_000)] {
      #expect(try TargetOptions.bytes(text) == bytes)
    }
    #expect(try TargetOptions.bytes("0.0015KB") == 1)
    #expect(try TargetOptions.bits("0.02") == 0.02 && TargetOptions.bits("-1e-3") == -0.001)
    for text in ["", "/s", "x/s", "-1/s", "0x10/s", "1 /s", "1/S", "1/min"] {
      #expect(throws: (any Error).self) { try TargetOptions.speed(text) }
    }
    for text in ["", "B", "0B", "0.5B", "1e20MB", "1 KB", "1KiB", "1K", "0x1KB", "infMB"] {
      #expect(throws: (any Error).self) { try TargetOptions.bytes(text) }
    }
    for text in ["", "inf", "0x1", "1,5", "1 "] {
      #expect(throws: (any Error).self) { try TargetOptions.bits(text) }
    }
  }

  @Test func otherModelsAreRefused() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(
        ["compress", "quantize", Fixture.run, "-o", folder + "/q", "--calibrate", Fixture.corpus, "--quiet"])
      try expectFailure(
        65, ["compress", "search", folder + "/q", Fixture.corpus, "-o", folder + "/m", "--size", "9KB"],
        mentions: [folder + "/q", "quantized (int8)"])
      try expectFailure(
        66, ["compress", "search", Fixture.run, folder + "/none", "-o", folder + "/m", "--size", "9KB"],
        mentions: [folder + "/none"])
      #expect(try names(in: folder) == ["q"])
    }
  }

  @Test func anInterruptedSearchWritesNothing() throws {
    try withTemporaryFolder { folder in
      // A minute of comparisons at least.
      for number in 0..<4 {
        try Fixture.writeSound(folder + "/corpus/\(number).wav", seconds: 60, seed: UInt64(number))
      }
      let child = try Child(
        Command.executable,
        [
          "compress", "search", Fixture.run, folder + "/corpus", "-o", folder + "/m", "--loss", "0.1", "--seconds",
          "240",
        ])
      try child.waitUntilBusy(processorSeconds: 0.5)
      child.send(SIGINT)
      let end = try child.end(within: 60)
      #expect(end.status == 130 && end.output.isEmpty, "\(end.errors)")
      #expect(try names(in: folder) == ["corpus"])
    }
  }
}
