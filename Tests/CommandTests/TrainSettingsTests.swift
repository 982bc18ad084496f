import Foundation
import Kodama
import TestSupport
import Testing

/// Settings of `kodama train` that make no sense: said with the key and what to do, before any work.
@Suite struct TrainSettingsTests {
  @Test func aTeacherIsASettingWithOptionsOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let train = ["train", Fixture.corpus, "-o", folder + "/run", "--preset", "tiny", "--steps", "1"]
      try expectFailure(64, train + ["--distill", "0.5"], mentions: ["--distill", "--teacher"])
      try expectFailure(64, train + ["--teacher", Fixture.run, "--distill", "1.5"], mentions: ["share", "1.5"])
      try expectFailure(
        65, train + ["--teacher", Fixture.run, "--sample-rate", "16000"],
        mentions: [Fixture.run, "16000 Hz", "8000 Hz"])
      try expectFailure(66, train + ["--teacher", folder + "/none"], mentions: [folder + "/none"])
      let taught = ["train", Fixture.corpus, "-o", folder + "/next", "--from", Fixture.run, "--steps", "2", "--quiet"]
      try expectFailure(64, train + ["--hint", "0.5"], mentions: ["--hint", "--teacher"])
      try expectFailure(64, train + ["--teacher", Fixture.run, "--hint=-1"], mentions: ["hint", "-1"])
      try expectSuccess(
        taught + ["--teacher", Fixture.run, "--distill", "0.5", "--temperature", "3", "--hint", "0.25"])
      let settings = try TrainingJob.settings(ofRun: folder + "/next")
      #expect(
        settings.distillation
          == WaveNetDistillation(teacher: Fixture.run, share: 0.5, temperature: 3, hint: 0.25))

      for option in [["--teacher-sound", "2s"], ["--teacher-targets", folder + "/targets"]] {
        try expectFailure(64, train + option, mentions: [option[0], "--teacher"])
      }
      try expectFailure(
        64, train + ["--teacher", Fixture.run, "--teacher-sound", "2"], mentions: ["--teacher-sound 2"])
      try expectFailure(
        64, train + ["--teacher", Fixture.run, "--teacher-sound", "0.1s"], mentions: ["sound of the teacher"])
      let sounding = try expectSuccess(
        [
          "train", Fixture.corpus, "-o", folder + "/sounding", "--from", Fixture.run, "--steps", "2", "--teacher",
          Fixture.run, "--teacher-sound", "2s", "--teacher-targets", folder + "/targets",
        ])
      for text in ["% of the loss at temperature 2.0, 2 s of its own sound", "MB of probabilities"] {
        #expect(sounding.errors.contains(text), "\(sounding.errors)")
      }
      #expect(try names(in: folder + "/sounding/teacher-sound") == ["1.wav", "source.json"])
      #expect(try names(in: folder + "/targets").count >= 2)
    }
  }

  private func fail(_ status: Int32, _ options: [String], mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(
        status, ["train", Fixture.corpus, "-o", folder + "/run", "--steps", "1", "--quiet"] + options,
        mentions: mentions)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test(arguments: [
    (["--preset", "huge"], ["huge", "tiny", "reference"]), (["--batch", "0"], ["batch"]),
    (["--batch", "x"], ["--batch"]), (["--crop", "1"], ["crop"]), (["--accumulate", "0"], ["accumulation"]),
    (["--learning-rate", "nan"], ["learning rate"]), (["--learning-rate", "0"], ["learning rate"]),
    (["--clip", "nan"], ["clip"]), (["--sample-rate", "10"], ["sample rate", "10"]),
    (["--trim-silence", "nan"], ["trimming"]), (["--trim-silence", "20"], ["trimming", "20"]),
    (["--validation-share", "nan"], ["validation share"]), (["--validation-share", "80"], ["validation share", "80"]),
    (["--keep", "0"], ["kept checkpoints"]), (["--log-every", "0"], ["log interval"]),
    (["--warm-up=-1"], ["warm-up"]), (["--threads", "0"], ["--threads"]), (["--threads", "5000"], ["--threads"]),
    (["--optimizer", "magic"], ["magic", "adam"]), (["--seed", "x"], ["--seed"]), (["--surprise"], ["--surprise"]),
  ]) func anOptionIsNamed(options: [String], mentions: [String]) throws { try fail(64, options, mentions: mentions) }

  @Test(arguments: [
    ("batch_sise=4", ["batch_sise", "plan.batch_size"]), ("plan.batchsize=4", ["plan.batchsize", "plan.batch_size"]),
    ("batch_size", ["key=value"]), ("batch_size=four", ["plan.batch_size", "\"four\"", "a whole number"]),
    ("batch_size=2.5", ["plan.batch_size", "2.5", "a whole number"]), ("batch_size=null", ["plan.batch_size", "null"]),
    ("batch_size=[1]", ["plan.batch_size", "[1]"]),
    ("learning_rate=1e400", ["plan.learning_rate", "1e400", "a number of 64 bits"]),
    ("learning_rate=nan", ["plan.learning_rate", "nan", "a number"]), ("seed=-1", ["plan.seed", "-1", "from 0"]),
    ("optimizer=magic", ["plan.optimizer", "magic", "adamw"]),
    ("output=sound", ["architecture.output", "softmax, logistics, gaussians"]),
    ("input=sound", ["architecture.input", "embedding"]),
    ("bias=7", ["architecture.bias", "7", "true or false"]), ("dilations=2", ["architecture.dilations", "a list"]),
    ("validation_seconds=1e300", ["validation seconds", "1e+300"]), ("validation_seconds=0", ["validation seconds"]),
    ("sample_seconds=1e9", ["sample seconds"]), ("trimming=5", ["trimming", "an object"]),
    (#"trimming={"threshold":-50}"#, ["trimming.threshold", "trimming.threshold_decibels"]),
    ("trimming.margin_seconds=-1", ["trimming margin", "-1"]),
    ("trimming.margin_seconds=1e300", ["trimming margin", "1e+300"]), ("decay_factor=0", ["decay factor"]),
    ("average_decay=1", ["average decay"]), ("=5", ["did you mean"]),
  ]) func aSettingIsNamedWithTheNearest(assignment: String, mentions: [String]) throws {
    try fail(64, ["--set", assignment], mentions: mentions)
  }

  @Test(arguments: [
    ("dilations=[]", ["dilations"]), ("dilations=[1,1000000000]", ["architecture.dilations[1]", "1000000000"]),
    ("dilations=[9223372036854775807,9223372036854775807]", ["architecture.dilations[0]"]),
    ("kernel_size=9223372036854775807", ["architecture.kernel_size"]),
    ("residual_channels=1000000000", ["architecture.residual_channels"]),
    ("skip_channels=-1", ["architecture.skip_channels"]), ("dropout=1", ["architecture.dropout"]),
    ("classes=1", ["companding.classes"]),
    (
      "output=logistics",
      ["architecture.input", "embedding", "architecture.output", "set architecture.input to scalar"]
    ),
    ("mixture_components=3", ["architecture.mixture_components", "architecture.output", "softmax"]),
    ("preemphasis=1", ["architecture.preemphasis", "less than 1"]),
  ]) func anArchitectureThatCannotBeIsRefused(assignment: String, mentions: [String]) throws {
    try fail(65, ["--set", assignment], mentions: mentions)
  }

  @Test(arguments: [
    (#"{"plan": {"batch_size": "x"}}"#, ["plan.batch_size", "\"x\"", "a whole number"]),
    (#"{"plan": {"batch_size": 2.5}}"#, ["plan.batch_size", "2.5"]), (#"{"plan": 5}"#, ["plan", "5", "an object"]),
    (#"{"plan": {"batch_sise": 4}}"#, ["plan.batch_sise", "plan.batch_size"]),
    (#"{"pan": {}}"#, ["pan", "plan"]), (#"{"architecture": {"dilations": [1, "2"]}}"#, ["architecture.dilations"]),
    (#"{"plan": "#, ["byte"]), ("[1]", ["object"]), ("", ["byte"]), ("<html>", ["byte"]),
    (String(repeating: "[", count: 100_000), ["levels"]), (#"{"plan": {}, "plan": {}}"#, ["plan"]),
  ]) func aFileOfSettingsIsNamedWithTheKey(text: String, mentions: [String]) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/settings.json"
      try write(text.utf8, to: path)
      try fail(65, ["--config", path], mentions: [path] + mentions)
    }
  }

  @Test func aFileOfSettingsThatIsNotThereIsNoInput() throws {
    try withTemporaryFolder { folder in
      for path in [folder + "/none.json", folder] { try fail(66, ["--config", path], mentions: [path]) }
    }
  }

  @Test(arguments: [["--for", "5x"], ["--for", "-5s"], ["--for", "nan"], ["--steps", "-5"], ["--steps", "many"]])
  func aLimitThatMakesNoSenseIsNamed(limit: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(64, ["train", Fixture.corpus, "-o", folder + "/run"] + limit, mentions: limit)
      try expectFailure(
        64, ["train", Fixture.corpus, "-o", folder + "/run", "--steps", "5", "--for", "5s"],
        mentions: ["--steps", "--for"])
    }
  }

  @Test func theCosineScheduleNeedsAnEnd() throws {
    try fail(64, ["--schedule", "cosine", "--set", "cosine_steps=-1"], mentions: ["schedule", "steps"])
  }

  /// What a checkpoint says of the settings.
  private struct Record: Decodable {
    struct Settings: Decodable {
      struct Plan: Decodable { let batch_size, crop_samples, accumulation: Int }
      struct Architecture: Decodable { let residual_channels, skip_channels: Int, dilations: [Int] }
      let plan: Plan
      let architecture: Architecture
    }
    let settings: Settings
  }

  @Test func theOptionsGoBeforeTheSettingsBeforeTheFileBeforeThePreset() throws {
    try withTemporaryFolder { folder in
      func settings(_ name: String, _ options: [String]) throws -> Record.Settings {
        let run = folder + "/" + name
        try expectSuccess(["train", Fixture.corpus, "-o", run, "--steps", "0", "--quiet"] + options)
        let data = Data(try bytes(run + "/checkpoints/step-0/training.json"))
        return try JSONDecoder().decode(Record.self, from: data).settings
      }
      let file = folder + "/settings.json"
      try write(
        #"{"plan": {"batch_size": 2, "accumulation": 2}, "architecture": {"residual_channels": 3, "skip_channels": 5}}"#
          .utf8, to: file)
      let mixed = try settings(
        "a",
        ["--preset", "tiny", "--config", file, "--set", "accumulation=3", "--set", "skip_channels=6", "--batch", "7"])
      #expect(mixed.plan.batch_size == 7 && mixed.plan.accumulation == 3)
      #expect(mixed.architecture.residual_channels == 3 && mixed.architecture.skip_channels == 6)
      #expect(mixed.architecture.dilations.count == 16)

      // The length of crops follows the network, unless it is given, also where it is short.
      #expect(try settings("b", ["--set", "crop_samples=300"]).plan.crop_samples == 300)
      #expect(try settings("c", ["--set", "dilations=[4000]"]).plan.crop_samples == 9000)
      #expect(try settings("d", ["--set", "dilations=[4000]", "--set", "crop_samples=4000"]).plan.crop_samples == 4000)
      #expect(try settings("e", ["--set", "dilations=[4000]", "--crop", "500"]).plan.crop_samples == 500)
      #expect(try settings("f", ["--preset", "reference"]).plan.crop_samples == 7000)
    }
  }

  @Test func trimmingIsSetInParts() throws {
    try withTemporaryFolder { folder in
      for (name, options) in [
        ("a", ["--trim-silence", "-40"]), ("b", ["--set", "trimming.threshold_decibels=-40"]),
        ("c", ["--set", #"trimming={"threshold_decibels":-40}"#]),
      ] {
        try expectSuccess(["train", Fixture.corpus, "-o", folder + "/" + name, "--steps", "0", "--quiet"] + options)
        let text = try String(
          contentsOfFile: folder + "/" + name + "/checkpoints/step-0/training.json", encoding: .utf8)
        #expect(text.contains("\"threshold_decibels\" : -40") && text.contains("\"margin_seconds\" : 0.05"), "\(text)")
      }
    }
  }
}
