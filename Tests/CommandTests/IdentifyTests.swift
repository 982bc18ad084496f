import Foundation
import Kodama
import TestSupport
import Testing

/// Labels of recordings, by the command.
@Suite struct IdentifyTests {
  /// Recordings of two speakers, and an untrained model of them.
  private func withModel(_ body: (_ model: String, _ corpus: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let (model, corpus) = (folder + "/model", folder + "/corpus")
      for (number, name) in ["george/0.wav", "lucas/1.wav"].enumerated() {
        try Fixture.writeSound(corpus + "/" + name, seconds: 0.1, seed: UInt64(number))
      }
      let configuration = WaveNetConfiguration(
        dilations: [1, 2, 4], residualChannels: 4, gateChannels: 4, skipChannels: 8, headChannels: 8, classes: 64,
        conditioning: Conditioning(channels: 3, labels: [LabelSet("label", ["george", "lucas"])]))
      var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
      parameters.scale(by: 4)
      try WaveNetModel(sampleRate: Fixture.sampleRate, configuration: configuration, parameters: parameters)
        .save(to: model)
      try body(model, corpus)
    }
  }

  @Test func aRowForEachFileAndTheShareOfRightOnes() throws {
    try withModel { model, corpus in
      let text = try expectSuccess(["identify", model, corpus, "--quiet"]).text
      let lines = text.split(separator: "\n")
      #expect(lines[0].hasPrefix("file") && lines[0].contains("label") && lines[0].contains("margin"))
      #expect(lines[1].hasPrefix(corpus + "/george/0.wav") && lines[2].hasPrefix(corpus + "/lucas/1.wav"))
      #expect(text.contains("label: ") && text.contains(" of 2 right"), "\(text)")
      let file = corpus + "/george/0.wav"
      let alone = try expectSuccess(["identify", model, file, "--quiet", "--threads", "1"]).text
      #expect(alone.split(separator: "\n").count == 2 && !alone.contains("right"), "\(alone)")
      let json = try expectSuccess(["identify", model, file, "--json", "--label", "label=lucas"]).text
      #expect(json.contains("\"label\" : \"lucas\"") && !json.contains("\"george\""), "\(json)")
    }
  }

  @Test func modelsOfFeaturesAndOtherPrecisionsAreTaken() throws {
    func identify(_ options: [String]) throws -> String {
      try expectSuccess(["identify", FeatureModels.labelled, FeatureModels.sounds, "--quiet"] + options).text
    }
    let text = try identify([])
    #expect(text.split(separator: "\n").count == 4 && text.contains("speaker"), "\(text)")
    #expect(try identify(["--features", FeatureModels.features, "--threads", "2"]) == text)
    #expect(try identify(["--precision", "bf16"]).split(separator: "\n").count == 4)
    let file = FeatureModels.sounds + "/a.wav"
    let alone = try expectSuccess(["identify", FeatureModels.labelled, file, "--quiet"]).text
    #expect(alone.split(separator: "\n")[1].hasPrefix(file))
    #expect(
      alone.split(separator: "\n")[1].split(separator: " ").dropFirst()
        == text.split(separator: "\n")[1].split(separator: " ").dropFirst())
  }

  @Test func whatIsWrongIsNamed() throws {
    try withModel { model, corpus in
      let file = corpus + "/george/0.wav"
      try expectFailure(
        65, ["identify", Fixture.model, file], mentions: ["not conditioned on labels", "kodama train --condition"])
      try expectFailure(64, ["identify", model], mentions: ["<files>"])
      try expectFailure(64, ["identify", model, file, "--label", "label=gorge"], mentions: ["gorge", "mean george"])
      try expectFailure(64, ["identify", model, file, "--label", "room=1"], mentions: ["room", "It has label"])
      try expectFailure(64, ["identify", model, file, "--label", "george"], mentions: ["george", "set=label"])
      try expectFailure(
        64, ["identify", model, file, "--labels", "a.csv", "--label-pattern", "(?<a>x)"],
        mentions: ["--labels or --label-pattern"])
      try expectFailure(66, ["identify", model, corpus + "/none.wav"], mentions: ["none.wav"])
      try expectFailure(66, ["identify", corpus + "/none", file], mentions: [corpus + "/none"])
      try write("no sound".utf8, to: corpus + "/bad.wav")
      try expectFailure(65, ["identify", model, corpus + "/bad.wav"], mentions: ["bad.wav"])
      let end = try expectSuccess(["identify", model, corpus])
      #expect(end.errors.contains("1 unusable file left out"), "\(end.errors)")
      try expectFailure(65, ["identify", model, corpus, "--strict"], mentions: ["bad.wav"])
      try expectFailure(
        66, ["identify", model, file, "--labels", corpus + "/none.csv"], mentions: ["none.csv"])
    }
  }
}
