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
      try expectSuccess(["process", run, dry, "-o", folder + "/played.wav"])
      #expect(try AudioFile.read(folder + "/played.wav").frames == AudioFile.read(dry).frames)
      try expectFailure(73, ["capture", dry, wet, "-o", run] + options, mentions: ["run"])
      try expectSuccess(["capture", dry, wet, "-o", run, "--resume", "--quiet"])
      try expectFailure(
        64, ["capture", dry, dry.replacingOccurrences(of: "dry", with: "wet"), "-o", folder + "/b", "--crop", "9"],
        mentions: ["crop"])
    }
  }

  @Test func wrongUseIsRefused() throws {
    try expectFailure(64, ["capture", "a.wav", "b.wav"], mentions: ["--output"])
    try expectFailure(64, ["capture", "a.wav", "b.wav", "--dry-run", "--resume"], mentions: ["--dry-run"])
    try expectFailure(66, ["capture", "a.wav", "b.wav", "--dry-run"], mentions: ["a.wav"])
  }
}
