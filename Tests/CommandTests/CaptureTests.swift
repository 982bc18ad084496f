import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama capture`: models of boxes from pairs of recordings.
@Suite struct CaptureTests {
  @Test func aPairBecomesAModelThatPlays() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(["corpus", "make", "--kind", "amplifier-pair", "-o", folder + "/pair", "--minutes", "0.25"])
      let (dry, wet, run) = (folder + "/pair/dry.wav", folder + "/pair/wet.wav", folder + "/run")
      let found = try expectSuccess(["capture", dry, wet, "--dry-run"])
      #expect(found.text.contains("240 samples"), "\(found.text)")
      let options = [
        "--preset", "amp-nano", "--epochs", "0.2", "--crop", "4096", "--batch", "4", "--validation-seconds", "2",
      ]
      let end = try expectSuccess(["capture", dry, wet, "-o", run] + options)
      #expect(end.errors.contains("latency") && end.errors.contains("kodama process"), "\(end.errors)")
      try expectSuccess(["export", run, "--to", "nam", "-o", folder + "/amp.nam"])
      #expect(try AmplifierModel(contentsOf: folder + "/amp.nam").weights == AmplifierModel.load(run).weights)
      let text = try expectSuccess(["inspect", run]).text
      for part in ["amplifier", "error-to-signal ratio", "array 2", "4 channels"] {
        #expect(text.contains(part), "\(part): \(text)")
      }
      #expect(try expectSuccess(["inspect", run, "--json"]).text.contains("heldOut"))
      try expectFailure(65, ["generate", run, "-o", folder + "/a.wav", "--samples", "1"], mentions: ["amplifier"])
      try expectSuccess(["process", run, dry, "-o", folder + "/played.wav"])
      #expect(try AudioFile.read(folder + "/played.wav").frames == AudioFile.read(dry).frames)
      try expectFailure(73, ["capture", dry, wet, "-o", run] + options, mentions: ["run"])
      try expectSuccess(["capture", dry, wet, "-o", run, "--resume", "--quiet"])
      try expectFailure(
        64, ["capture", dry, dry.replacingOccurrences(of: "dry", with: "wet"), "-o", folder + "/b", "--crop", "9"],
        mentions: ["crop"])
    }
  }

  @Test func settingsAreGivenAsWithOtherCommands() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(["corpus", "make", "--kind", "amplifier-pair", "-o", folder + "/pair", "--minutes", "0.25"])
      let (dry, wet, run) = (folder + "/pair/dry.wav", folder + "/pair/wet.wav", folder + "/run")
      try write(
        #"{"preset": "amp-nano", "crop_samples": 4096, "validation_seconds": 2, "plan": {"batch_size": 4}}"#.utf8,
        to: folder + "/settings.json")
      let shared = [dry, wet, "--config", folder + "/settings.json"]
      let options = ["--set", "error_to_signal=1", "--set", "plan.seed=7", "--for", "1s"]
      try expectSuccess(["capture", "-o", run] + shared + options)
      let settings = try CaptureJob.settings(ofRun: run)
      #expect(settings.preset == .nano && settings.cropSamples == 4096 && settings.plan.batchSize == 4)
      #expect(settings.loss.errorToSignal == 1 && settings.plan.seed == 7 && settings.plan.schedule == .cosine)
      #expect(try RunFolder(run).steps().last == settings.steps)
      try expectSuccess(["export", run, "--to", "nam", "-o", folder + "/amp.nam"])
      let more = ["--from", folder + "/amp.nam", "--set", "steps=1", "--quiet"]
      try expectSuccess(["capture", "-o", folder + "/more"] + shared + more)
      #expect(try CaptureJob.settings(ofRun: folder + "/more").steps == 1)
      // A network has a plan of its own, also where a setting names it.
      let recurrent = [dry, wet, "--set", "preset=amp-lstm", "--set", "steps=1", "--set", "batch_size=1", "--quiet"]
      try expectSuccess(["capture", "-o", folder + "/lstm", "--crop", "4096", "--validation-seconds", "1"] + recurrent)
      #expect(try CaptureJob.settings(ofRun: folder + "/lstm").plan.learningRate == 0.01)
      for (wrong, part) in [
        (["--set", "preset=amp-feather", "--from", folder + "/amp.nam"], "initial model"),
        (["--set", "steps=4", "--for", "1s"], "steps"), (["--set", "steps=4", "--epochs", "1"], "steps"),
        (["--set", "stepz=4"], "--set stepz"), (["--set", "crop=4"], "--set crop"),
        (["--from", ProcessTests.models + "/linear.nam"], "--preset"),
      ] {
        try expectFailure(64, ["capture", "-o", folder + "/no"] + shared + wrong, mentions: [part])
      }
      #expect(!AtomicFile.exists(folder + "/no"))
    }
  }

  @Test func settingsAreListed() throws {
    let text = try expectSuccess(["capture", "--settings", "--preset", "amp-lstm"]).text
    for part in ["plan.learning_rate", "0.01", "loss.error_to_signal", "patience", "amp-a2-lite"] {
      #expect(text.contains(part), "\(part): \(text)")
    }
  }

  @Test func wrongUseIsRefused() throws {
    try expectFailure(64, ["capture", "a.wav"], mentions: ["<wet>"])
    try expectFailure(64, ["capture", "a.wav", "b.wav", "-o", "c", "--for", "0s"], mentions: ["--for"])
    try expectFailure(
      64, ["capture", "a.wav", "b.wav", "-o", "c", "--for", "1s", "--epochs", "1"], mentions: ["--epochs"])
    try expectFailure(
      64, ["capture", "a.wav", "b.wav", "-o", "c", "--from", "d", "--preset", "amp"], mentions: ["--preset"])
    try expectFailure(
      64, ["capture", "a.wav", "b.wav", "-o", "c", "--from", "d", "--resume"], mentions: ["--from"])
    try expectFailure(64, ["capture", "a.wav", "b.wav"], mentions: ["--output"])
    try expectFailure(64, ["capture", "a.wav", "b.wav", "--dry-run", "--resume"], mentions: ["--dry-run"])
    try expectFailure(66, ["capture", "a.wav", "b.wav", "--dry-run"], mentions: ["a.wav"])
  }
}
