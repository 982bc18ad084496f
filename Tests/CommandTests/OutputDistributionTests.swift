import Foundation
import Kodama
import TestSupport
import Testing

/// A mixture and pre-emphasis through the commands.
@Suite struct OutputDistributionTests {
  @Test func aMixtureIsTrainedInspectedScoredAndHeard() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(
        ["train", Fixture.corpus, "-o", run, "--steps", "2"] + Fixture.training + [
          "--set", "output=gaussians", "--set", "input=scalar", "--set", "mixture_components=2", "--set",
          "preemphasis=0.95",
        ])
      let inspected = try expectSuccess(["inspect", run]).text
      #expect(
        inspected.contains(
          "output           mixture of 2 Gaussian distributions on 16 bits, de-emphasis of 0.95; input: scalar"
        ))
      let summary = try expectSuccess(["inspect", run, "--json"]).text
      #expect(summary.contains("\"output\" : \"gaussians\"") && !summary.contains("\"classes\""))
      let score = try expectSuccess(["score", run, Fixture.corpus, "--quiet"]).text.split(separator: "\n")
      #expect(
        score.map { $0.prefix(15).trimmingCharacters(in: .whitespaces) } == [
          "bits per sample", "on 16 bits", "levels", "order-0 entropy", "order-1 entropy", "files", "samples",
          "pre-emphasis",
        ])
      #expect(score[0].split(separator: " ").last == score[1].split(separator: " ").last)

      let sound = folder + "/a.wav"
      try expectSuccess(["generate", run, "-o", sound, "--samples", "300", "--temperature", "0.8", "--quiet"])
      #expect(try AudioFile.read(sound).frames == 300)
      for (option, value) in [("--top-k", "3"), ("--top-p", "0.5")] {
        try expectFailure(
          64, ["generate", run, "-o", folder + "/b.wav", option, value],
          mentions: [String(option.dropFirst(2)), "gaussians"])
      }
      #expect(try !names(in: folder).contains("b.wav"))
    }
  }
}
