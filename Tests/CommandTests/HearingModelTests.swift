import Foundation
import Kodama
import TestSupport
import Testing

/// Models that are conditioned on features in `score`, `compress quantize` and `export`.
@Suite struct HearingModelTests {
  private func object(_ arguments: [String]) throws -> [String: Any] {
    let output = try expectSuccess(arguments).output
    return try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
  }

  /// Frames beside the recordings that tests share, for the model that hears frames.
  private func writeFrames(_ folder: String) throws {
    try Folder.create(folder + "/deep")
    for (name, samples) in [("a", 4800), ("deep/b", 4000), ("deep/c", 3200)] {
      try FeatureModels.writeFrames(folder + "/\(name).npy", count: samples / 40)
    }
  }

  // MARK: Scoring

  @Test func computedAndStoredFeaturesScoreTheSame() throws {
    func bits(_ options: [String]) throws -> [Double] {
      let result = try object(["score", FeatureModels.mel, FeatureModels.sounds, "--json", "--quiet"] + options)
      let files = try #require(result["files"] as? [[String: Any]])
      return try files.map { try #require($0["bitsPerSample"] as? Double) }
    }
    let computed = try bits([])
    #expect(computed.count == 3 && computed.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(try bits(["--features", FeatureModels.features]) == computed)
    try withTemporaryFolder { folder in
      for name in ["features.json", "a.npy", "deep/b.npy", "deep/c.npy"] {
        try write(bytes(FeatureModels.features + "/" + name), to: folder + "/" + name)
      }
      let matrix = try NumpyMatrix(contentsOf: folder + "/a.npy")
      try NumpyMatrix(rows: matrix.rows, columns: matrix.columns, values: matrix.values.map { $0 + 1 })
        .write(to: folder + "/a.npy", existing: .replace)
      let other = try bits(["--features", folder])
      #expect(other[0] != computed[0])
      // The bits of a file are a difference of sums.
      for (one, same) in try paired(other, computed).dropFirst() { #expect(abs(one - same) < 1e-9) }
    }
  }

  @Test func framesAndSecondRecordingsAreScored() throws {
    try withTemporaryFolder { folder in
      try writeFrames(folder)
      for (model, options) in [
        (FeatureModels.frames, ["--features", folder]), (FeatureModels.signal, ["--signal", FeatureModels.sounds]),
      ] {
        let result = try object(["score", model, FeatureModels.sounds, "--json", "--quiet"] + options)
        #expect(try #require(result["bitsPerSample"] as? Double) > 0)
        #expect(result["samples"] as? Int == 12_000)
      }
    }
  }

  @Test func featuresOfOtherRecordingsAreRefused() throws {
    try withTemporaryFolder { folder in
      func fail(
        _ status: Int32, _ model: String, _ options: [String], _ mentions: String...,
        sourceLocation: SourceLocation = #_sourceLocation
      ) throws {
        try expectFailure(
          status, ["score", model, FeatureModels.sounds] + options, mentions: mentions, sourceLocation: sourceLocation)
      }
      try fail(
        64, FeatureModels.frames, [], "frames of 3 numbers, one every 40", "give the folder of them with --features")
      try fail(64, FeatureModels.signal, [], "a second recording", "the folder of second recordings with --signal")
      try fail(
        64, FeatureModels.mel, ["--signal", FeatureModels.sounds], "log-mel features of 12 bands",
        "computed from the recordings", "leave out --signal")
      for option in ["--features", "--signal"] {
        try fail(64, Fixture.model, [option, FeatureModels.sounds], "not conditioned on features")
      }
      try fail(66, FeatureModels.mel, ["--features", folder + "/none"], folder + "/none")
      try fail(65, FeatureModels.mel, ["--features", FeatureModels.sounds], "no features.json", "kodama features")
      try fail(
        65, FeatureModels.frames, ["--features", FeatureModels.features], "features.json", "bands is 12 there, 3")
      try Fixture.writeSound(folder + "/dry/a.wav", seconds: 0.6)
      try fail(66, FeatureModels.signal, ["--signal", folder + "/dry"], "deep/b.wav", "no sound file of that name")
      for name in ["features.json", "a.npy", "deep/b.npy"] {
        try write(bytes(FeatureModels.features + "/" + name), to: folder + "/mel/" + name)
      }
      try fail(66, FeatureModels.mel, ["--features", folder + "/mel"], "deep/c.npy", "deep/c.wav", "kodama features")
      try write(bytes(FeatureModels.features + "/a.npy"), to: folder + "/mel/deep/c.npy")
      try fail(
        65, FeatureModels.mel, ["--features", folder + "/mel"], "deep/c.npy", "151 frames",
        "deep/c.wav has 3200 samples", "100 or 101 frames")
    }
  }

  // MARK: Quantizing

  @Test(arguments: ["bf16", "int8", "int4"]) func aQuantizedModelHearsTheSame(scheme: String) throws {
    try withTemporaryFolder { folder in
      let model = folder + "/small"
      let arguments = [
        "compress", "quantize", FeatureModels.mel, "--calibrate", FeatureModels.sounds, "--scheme", scheme, "--quiet",
      ]
      let table = try expectSuccess(arguments + ["-o", model]).text
      #expect(table.contains("12,000 samples of \(FeatureModels.sounds)"), "\(table)")
      // The calibration computes what the folder contains.
      try expectSuccess(arguments + ["-o", folder + "/again", "--features", FeatureModels.features])
      #expect(try bytes(folder + "/again/model.safetensors") == bytes(model + "/model.safetensors"))
      func bits(_ model: String) throws -> Double {
        let score = try object(["score", model, FeatureModels.sounds, "--json", "--quiet"])
        return try #require(score["bitsPerSample"] as? Double)
      }
      let (plain, small) = (try bits(FeatureModels.mel), try bits(model))
      #expect(small != plain && abs(small - plain) < 0.05 * plain, "\(plain) became \(small)")
      // A copy and what is made of its features are the same sound in this precision too.
      try expectSuccess([
        "generate", model, "--mel-of", FeatureModels.sounds + "/a.wav", "-o", folder + "/copy.wav", "--quiet",
      ])
      func made(_ model: String, _ options: [String] = []) throws -> [UInt8] {
        try expectSuccess(
          [
            "generate", model, "--features", FeatureModels.features + "/a.npy", "--samples", "4800", "-o",
            folder + "/made.wav", "--quiet", "--force",
          ] + options)
        return try bytes(folder + "/made.wav")
      }
      let copy = try bytes(folder + "/copy.wav")
      #expect(try made(model) == copy)
      if scheme == "bf16" { #expect(try made(FeatureModels.mel, ["--precision", "bf16"]) == copy) }
    }
  }

  @Test func everyKindOfFeaturesIsCalibratedAndComparedOn() throws {
    try withTemporaryFolder { folder in
      try writeFrames(folder + "/made")
      try Fixture.writeSound(folder + "/other/x.wav", seconds: 0.2)
      try Folder.create(folder + "/other-made")
      try FeatureModels.writeFrames(folder + "/other-made/x.npy", count: 40)
      func quantize(_ model: String, _ name: String, _ options: [String]) throws -> String {
        try expectSuccess(
          [
            "compress", "quantize", model, "-o", folder + "/" + name, "--calibrate", FeatureModels.sounds, "--quiet",
          ] + options
        ).text
      }
      let (frames, signal) = (["--features", folder + "/made"], ["--signal", FeatureModels.sounds])
      let other = ["--validation", folder + "/other"]
      #expect(try quantize(FeatureModels.frames, "a", frames).contains("12,000 samples"))
      for (model, name, options) in [
        (FeatureModels.frames, "b", frames + ["--validation-features", folder + "/other-made"]),
        (FeatureModels.signal, "c", signal + ["--validation-signal", folder + "/other"]), (FeatureModels.mel, "d", []),
      ] {
        let text = try quantize(model, name, options + other)
        #expect(text.contains("1,600 samples of \(folder)/other"), "\(text)")
      }
      #expect(try bytes(folder + "/a/model.safetensors") == bytes(folder + "/b/model.safetensors"))
    }
  }

  @Test func quantizingNeedsRecordingsAndTheirFeatures() throws {
    try withTemporaryFolder { folder in
      try writeFrames(folder + "/made")
      func fail(_ model: String, _ options: [String], _ mentions: String...) throws {
        try expectFailure(
          64, ["compress", "quantize", model, "-o", folder + "/none"] + options, mentions: mentions)
      }
      let calibrate = ["--calibrate", FeatureModels.sounds]
      for model in [FeatureModels.mel, FeatureModels.signal] {
        try fail(model, [], "conditioned on features", "--calibrate FOLDER")
      }
      try fail(FeatureModels.frames, calibrate, "frames of 3 numbers", "the folder of them with --features")
      try fail(
        FeatureModels.frames, calibrate + ["--features", folder + "/made", "--validation", FeatureModels.sounds],
        "the folder of them with --features")
      try fail(
        FeatureModels.mel, calibrate + ["--validation-features", "x"],
        "--validation-features and --validation-signal need --validation")
      try fail(Fixture.model, ["--features", FeatureModels.features], "not conditioned on features")
      try fail(
        FeatureModels.signal, calibrate + ["--features", folder + "/made", "--signal", FeatureModels.sounds],
        folder + "/made", "second recording")
      try fail(Fixture.model, calibrate + ["--signal", FeatureModels.sounds], "not conditioned on features")
      // On the way there are no recordings to take scales from.
      for precision in ["int8", "int4"] {
        let advice = "kodama compress quantize MODEL --calibrate FOLDER"
        try expectFailure(
          64,
          [
            "generate", FeatureModels.mel, "--mel-of", FeatureModels.sounds + "/a.wav", "-o", folder + "/a.wav",
            "--precision", precision,
          ], mentions: ["conditioned on features", advice])
        try expectFailure(
          64, ["score", FeatureModels.mel, FeatureModels.sounds, "--precision", precision], mentions: [advice])
      }
      #expect(try names(in: folder) == ["made"])
    }
  }

  @Test func aModelThatHearsFeaturesIsNotExported() throws {
    try withTemporaryFolder { folder in
      try expectFailure(
        65, ["export", FeatureModels.labelled, "-o", folder + "/onnx"],
        mentions: ["conditioned on features over time", "generate with kodama"])
      #expect(try names(in: folder).isEmpty)
    }
  }
}
