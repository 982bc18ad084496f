import Foundation
import Kodama
import TestSupport
import Testing

/// Features from files for `kodama generate`: those that fit, and those that do not.
@Suite struct FeatureInputTests {
  private func generate(_ model: String, _ options: [String]) throws -> [UInt8] {
    try expectSuccess(["generate", model, "-o", "-", "--raw", "--quiet"] + options).output
  }

  @Test func framesMadeElsewhereAreHeard() throws {
    try withTemporaryFolder { folder in
      let (path, other) = (folder + "/frames.npy", folder + "/other.npy")
      try FeatureModels.writeFrames(path, count: 20)
      try FeatureModels.writeFrames(other, count: 20) { $0[19 * 3] += 3 }
      let whole = try generate(FeatureModels.frames, ["--features", path])
      #expect(whole.count == 2 * 20 * 40)
      let beginning = try generate(FeatureModels.frames, ["--features", path, "--samples", "700"])
      #expect(beginning == Array(whole.prefix(1400)))
      #expect(try generate(FeatureModels.frames, ["--features", path, "--seconds", "0"]).isEmpty)
      // The last frame is heard where it stands and less than a hop before.
      let changed = try generate(FeatureModels.frames, ["--features", other])
      #expect(changed != whole && Array(changed.prefix(2 * 18 * 40)) == Array(whole.prefix(2 * 18 * 40)))
      // Streams side by side hear the same, and draw otherwise.
      try expectSuccess([
        "generate", FeatureModels.frames, "--features", path, "--streams", "2", "-o", folder + "/out.raw", "--quiet",
      ])
      #expect(try bytes(folder + "/out-1.raw") == whole && bytes(folder + "/out-2.raw") != whole)
    }
  }

  @Test func aSecondRecordingIsHeardAtTheModelsRate() throws {
    try withTemporaryFolder { folder in
      let out = try generate(FeatureModels.signal, ["--signal", FeatureModels.sounds + "/a.wav"])
      #expect(out.count == 2 * 4800)
      let other = try generate(FeatureModels.signal, ["--signal", FeatureModels.sounds + "/deep/b.wav"])
      #expect(other.count == 2 * 4000 && other != Array(out.prefix(2 * 4000)))
      let end = try expectSuccess([
        "generate", FeatureModels.signal, "--signal", FeatureModels.sounds + "/deep/c.wav", "-o", folder + "/c.wav",
      ])
      #expect(end.errors.contains("c.wav: converted from 16000 Hz, 2 channels, to 8000 Hz, mono"), "\(end.errors)")
      #expect(try AudioFile.read(folder + "/c.wav").frames == 3200)
    }
  }

  /// Expects `generate` to refuse something and to write nothing.
  private func expectRefusal(
    _ status: Int32, _ model: String, _ options: [String], _ mentions: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withTemporaryFolder { folder in
      try expectFailure(
        status, ["generate", model, "-o", folder + "/out.wav"] + options, mentions: mentions,
        sourceLocation: sourceLocation)
      #expect(try names(in: folder).isEmpty, sourceLocation: sourceLocation)
    }
  }

  private let good = FeatureModels.features + "/a.npy"
  private let sound = FeatureModels.sounds + "/a.wav"

  @Test func aModelGetsWhatItHearsAndNothingElse() throws {
    try expectRefusal(
      64, FeatureModels.mel, [], "log-mel features of 12 bands", "--mel-of RECORDING or --features FILE.npy")
    try expectRefusal(
      64, FeatureModels.frames, [], "frames of 3 numbers, one every 40 samples", "give --features FILE.npy")
    try expectRefusal(64, FeatureModels.signal, [], "a second recording", "give --signal RECORDING")
    for option in [["--features", good], ["--signal", sound], ["--mel-of", sound]] {
      try expectRefusal(64, Fixture.model, option, "not conditioned on features", "leave them out")
    }
    try expectRefusal(
      64, FeatureModels.mel, ["--signal", sound], "log-mel features of 12 bands", "--mel-of RECORDING")
    try expectRefusal(64, FeatureModels.signal, ["--features", good], "give --signal RECORDING")
    try expectRefusal(64, FeatureModels.mel, ["--features", good, "--signal", sound], "--features and --signal")
    try expectRefusal(64, FeatureModels.mel, ["--features", good, "--prime", sound], "features and --prime")
  }

  @Test func featuresOfAnotherMakeAreRefused() throws {
    try withTemporaryFolder { folder in
      try expectRefusal(
        65, FeatureModels.frames, ["--features", good], "features.json", "bands is 12 there, 3 is wanted",
        "hop_length is 32 there, 40 is wanted")
      try FeatureModels.writeFrames(folder + "/frames.npy", count: 9, channels: 4)
      try expectRefusal(
        65, FeatureModels.frames, ["--features", folder + "/frames.npy"], "4 numbers a frame", "frames of 3 numbers",
        "made for the model")
      try expectSuccess([
        "features", FeatureModels.sounds, "-o", folder + "/other", "--rate", "8000", "--fft", "256", "--hop", "32",
        "--bands", "12", "--quiet",
      ])
      // The convention stands above the file.
      try expectRefusal(
        65, FeatureModels.mel, ["--features", folder + "/other/deep/b.npy"], "other/features.json",
        "fft_length is 256 there, 128 is wanted", "--model")
    }
  }

  @Test func damagedFilesAndTooFewFramesAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/frames.npy"
      let features = ["--features", path]
      try FeatureModels.writeFrames(path, count: 9) { $0[3 * 5 + 2] = .nan }
      try expectRefusal(65, FeatureModels.frames, features, path, "frame 5, channel 2", "not a finite number")
      try FeatureModels.writeFrames(path, count: 0)
      try expectRefusal(65, FeatureModels.frames, features, path, "no frames")
      try write([], to: path)
      try expectRefusal(65, FeatureModels.frames, features, path, "numpy.save")
      try FeatureModels.writeFrames(path, count: 9)
      try expectRefusal(
        64, FeatureModels.frames, features + ["--samples", "361"], "9 frames of features reach 360 samples",
        "a frame every 40", "361 are requested")
      try expectRefusal(
        64, FeatureModels.frames, features + ["--seconds", "1"], "reach 360 samples", "8000 are requested")
      try expectRefusal(66, FeatureModels.frames, ["--features", folder + "/none.npy"], "none.npy")
      try expectRefusal(66, FeatureModels.signal, ["--signal", folder + "/none.wav"], "none.wav")
      try expectRefusal(65, FeatureModels.signal, ["--signal", path], path, "not a sound file")
      try write(Array("RIFF".utf8), to: folder + "/cut.wav")
      try expectRefusal(65, FeatureModels.signal, ["--signal", folder + "/cut.wav"], "cut.wav")
    }
  }
}
