import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// What `kodama evaluate`, `score`, `inspect` and `bench` print, and what they refuse of their arguments.
@Suite struct EvaluateTests {
  private func object(_ arguments: [String]) throws -> [String: Any] {
    let output = try expectSuccess(arguments).output
    return try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
  }

  @Test func aSoundIsAtNoDistanceFromItself() throws {
    let result = try object(["evaluate", Fixture.recording, Fixture.recording, "--json"])
    let pairs = try #require(result["pairs"] as? [[String: Any]])
    #expect(pairs.count == 1)
    let csv = try expectSuccess(["evaluate", Fixture.recording, Fixture.recording, "--csv"]).text
    #expect(csv.split(separator: "\n").count == 9 && csv.contains("lsd"), "\(csv)")
    #expect(csv.contains("\nmean of references,"), "\(csv)")
  }

  @Test(arguments: [
    (["--metrics", "fad"], ["fad", "lsd", "ltas"]), (["--metrics", ""], ["--metrics"]),
    (["--metrics", ","], ["--metrics"]), (["--json", "--csv"], ["--json", "--csv"]),
  ]) func anOptionThatMakesNoSenseIsNamed(options: [String], mentions: [String]) throws {
    try expectFailure(64, ["evaluate", Fixture.recording, Fixture.recording] + options, mentions: mentions)
  }

  @Test func somethingToCompareMustBeGiven() throws {
    for arguments in [["evaluate"], ["evaluate", Fixture.recording]] {
      try expectFailure(64, arguments, mentions: ["Usage: kodama evaluate"])
    }
  }

  @Test func theMetricsAreListed() throws {
    let text = try expectSuccess(["evaluate", "--list"]).text
    for metric in Metric.all { #expect(text.contains("\(metric.name): \(metric.title)")) }
    let output = try expectSuccess(["evaluate", "--list", "--json"]).output
    let listed = try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [[String: Any]])
    #expect(listed.count == Metric.all.count)
  }

  @Test func namesThatPairWithTwoAreRefused() throws {
    try withTemporaryFolder { folder in
      for name in ["a/one.wav", "a/one.flac", "b/one.wav"] { try Fixture.writeSound(folder + "/" + name, seconds: 0.2) }
      try expectFailure(65, ["evaluate", folder + "/a", folder + "/b"], mentions: ["one.wav", "one.flac"])
    }
  }

  @Test func theScoreHasARowForEachFile() throws {
    let result = try object(["score", Fixture.model, Fixture.corpus, "--json", "--quiet"])
    #expect((result["files"] as? [[String: Any]])?.count == 4)
    let bits = try #require(result["bitsPerSample"] as? Double)
    #expect(bits > 0 && bits < 9)
    let table = try expectSuccess(["score", Fixture.model, Fixture.corpus, "--quiet"])
    let row = table.text.split(separator: "\n").first.map { $0.split(separator: " ") }
    #expect(row == ["bits", "per", "sample", Substring(Format.decimal(bits, 4))] && table.errors.isEmpty)
  }

  @Test func aModelIsDescribed() throws {
    let text = try expectSuccess(["inspect", Fixture.run]).text
    for part in ["step-3 (raw weights)", "8,000 Hz", "1, 2, 4", "8 samples = 1.0 ms", "256 μ-law classes"] {
      #expect(text.contains(part), "\(text)")
    }
    let raw = try object(["inspect", Fixture.run, "--weights", "raw", "--json"])
    #expect(raw["weights"] as? String == "raw" && raw["receptiveFieldSamples"] as? Int == 8 && raw["cost"] == nil)
  }

  @Test func whatEachLayerCostsIsSaid() throws {
    let lines = try expectSuccess(["inspect", Fixture.run, "--cost"]).text.split(separator: "\n")
    func row(_ name: String) throws -> [Substring] {
      try #require(lines.first { $0.hasPrefix(name + " ") }).split(separator: " ")
    }
    #expect(try row("blocks.0.dilated") == ["blocks.0.dilated", "64", "72", "8"])
    let json = try object(["inspect", Fixture.run, "--cost", "--json"])
    let cost = try #require(json["cost"] as? [String: Any])
    let layers = try #require(cost["layers"] as? [[String: Any]])
    #expect(layers.count == 11 && layers[0]["path"] as? String == "embedding")
    let total = try #require(cost["multiplyAdds"] as? Int)
    #expect(
      total == json["multiplyAddsPerSample"] as? Int && total == layers.reduce(0) { $0 + ($1["multiplyAdds"] as! Int) })
    #expect(cost["parameters"] as? Int == json["parameters"] as? Int)
  }

  @Test func speedIsMeasured() throws {
    let small = ["--preset", "tiny", "--json"]
    let training = try object(["bench", "train", "--batch", "1", "--crop", "200", "--steps", "1"] + small)
    #expect(try #require(training["samplesPerSecond"] as? Double) > 0)
    let generation = try object(["bench", "generate", "--samples", "100", "--rounds", "1"] + small)
    // A preset that has a rate of its own, and hears features.
    for precision in ["f32", "int8"] {
      let vocoder = try expectSuccess(
        [
          "bench", "generate", "--preset", "vocoder-small", "--samples", "100", "--rounds", "1", "--precision",
          precision,
        ])
      #expect(vocoder.text.contains("samples/s"), "\(vocoder.text)")
    }
    #expect(try #require(generation["largestDifference"] as? Double) < 1e-5)
    for options in [["train", "--batch", "0"], ["train", "--crop", "1"], ["generate", "--rounds", "0"]] {
      try expectFailure(64, ["bench"] + options, mentions: [options[1]])
    }
  }
}
