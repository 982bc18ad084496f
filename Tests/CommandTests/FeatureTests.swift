import Foundation
import Kodama
import TestSupport
import Testing

/// Features over time from the command line: `kodama features`, and what `kodama train` says of those that do not fit.
@Suite struct FeatureTests {
  private let convention = ["--rate", "8000", "--fft", "128", "--hop", "32", "--bands", "12"]

  /// Trains one step and expects it to fail.
  private func expectRefusal(
    _ status: Int32, _ folder: String, _ arguments: [String], mentions: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expectFailure(
      status, ["train", Fixture.corpus, "-o", folder + "/run", "--steps", "1"] + Fixture.training + arguments,
      mentions: mentions, sourceLocation: sourceLocation)
  }

  private func compute(_ folder: String, _ more: [String] = []) throws {
    try expectSuccess(["features", Fixture.corpus, "-o", folder + "/features", "--quiet"] + convention + more)
  }

  @Test func featuresAreComputedAndTrainedOn() throws {
    try withTemporaryFolder { folder in
      let arguments = ["features", Fixture.corpus, "-o", folder + "/features"] + convention
      let first = try expectSuccess(arguments)
      #expect(first.errors.contains("4 files; 504 frames of 12 bands, one every 32 samples at 8,000 Hz"))
      let again = try expectSuccess(arguments + ["--json"])
      let result = try JSONDecoder().decode(FeaturesJob.Result.self, from: Data(again.output))
      #expect(result.files == 4 && result.kept == 4 && result.frames == 504 && result.convention.bands == 12)

      let train =
        ["train", Fixture.corpus, "-o", folder + "/run", "--steps", "2", "--features", folder + "/features"]
        + Fixture.training.filter { $0 != "--quiet" }
      let trained = try expectSuccess(train)
      #expect(trained.errors.contains("12 bands") && trained.errors.contains(folder + "/features"))
      // What a model hears is what the same command computes of it.
      try expectSuccess(["features", Fixture.corpus, "-o", folder + "/again", "--model", folder + "/run", "--quiet"])
      for name in ["features.json", "0.npy", "3.npy"] {
        #expect(try bytes(folder + "/again/" + name) == bytes(folder + "/features/" + name))
      }
    }
  }

  @Test func presetsSayWhatTheyHear() throws {
    try withTemporaryFolder { folder in
      let preset = ["features", Fixture.corpus, "-o", folder + "/features", "--json", "--preset"]
      let end = try expectSuccess(preset + ["vocoder-small"])
      let result = try JSONDecoder().decode(FeaturesJob.Result.self, from: Data(end.output))
      #expect(.logMel(result.convention) == Preset.vocoderSmall.configuration.conditioning.features?.source)
      try expectFailure(
        64, preset + ["tiny", "--force"], mentions: ["the preset tiny is not conditioned on log-mel features"])
      try expectFailure(64, preset + ["vocoder", "--hop", "100"], mentions: ["--preset with --rate"])
      try expectFailure(
        64, ["features", Fixture.corpus, "-o", folder + "/other", "--model", Fixture.model],
        mentions: ["is not conditioned on log-mel features"])
    }
  }

  @Test func whatCannotBeComputedIsSaid() throws {
    try withTemporaryFolder { folder in
      let start = ["features", Fixture.corpus, "-o", folder + "/features"]
      try expectFailure(65, start + ["--hop", "0"], mentions: ["hop_length is 0", "from 1 to fft_length"])
      try expectFailure(
        65, start + ["--high", "9000"], mentions: ["maximum_frequency", "half of sample_rate, 4000.0"])
      try expectFailure(64, start + ["--rate", "0"], mentions: ["--rate must be 1000 to"])
      try expectFailure(64, start + ["--threads", "0"], mentions: ["--threads"])
      try expectFailure(66, ["features", folder + "/none", "-o", folder + "/features"], mentions: [folder + "/none"])
      try compute(folder)
      try expectFailure(
        65, start + ["--rate", "8000"],
        mentions: ["features.json", "hop_length is 32 there, 128 is wanted", "bands is 12 there, 40", "--force"])
      try write([1], to: folder + "/letters/letter.txt")
      try expectFailure(73, ["features", Fixture.corpus, "-o", folder + "/letters"], mentions: ["letter.txt"])
      try expectFailure(
        73, ["features", Fixture.corpus, "-o", folder + "/letters/letter.txt/deep"], mentions: ["letter.txt"])
      try write(Array("RIFF".utf8), to: folder + "/corpus/broken.wav")
      try Fixture.writeSound(folder + "/corpus/a.wav", seconds: 0.1)
      let loose = try expectSuccess(["features", folder + "/corpus", "-o", folder + "/loose"])
      #expect(loose.errors.contains("1 unusable file left out") && loose.errors.contains("broken.wav"))
      try expectFailure(
        65, ["features", folder + "/corpus", "-o", folder + "/strict", "--strict"], mentions: ["broken.wav"])
    }
  }

  @Test func aConventionThatIsNotTheModelsIsRefused() throws {
    try withTemporaryFolder { folder in
      try compute(folder)
      try expectRefusal(
        65, folder, ["--preset", "vocoder-small", "--features", folder + "/features"],
        mentions: ["features.json", "hop_length is 32 there, 64 is wanted", "bands is 12 there, 40 is wanted"])
      try expectRefusal(
        65, folder, ["--features", folder + "/features", "--sample-rate", "16000"], mentions: ["16000", "8000"])
      try write(
        Array(#"{"format_version": 2, "log_mel": {}}"#.utf8), to: folder + "/features/features.json")
      try expectRefusal(65, folder, ["--features", folder + "/features"], mentions: ["format_version is 2"])
    }
  }

  @Test func filesThatAreNotAsTheyMustBeAreRefused() throws {
    try withTemporaryFolder { folder in
      try compute(folder)
      let path = folder + "/features/2.npy"
      let matrix = try NumpyMatrix(contentsOf: path)
      let arguments = ["--features", folder + "/features"]
      func put(rows: Int, columns: Int, _ change: (inout [Float]) -> Void = { _ in }) throws {
        var values = Array((matrix.values + matrix.values).prefix(rows * columns))
        change(&values)
        try NumpyMatrix(rows: rows, columns: columns, values: values).write(to: path, existing: .replace)
      }
      try put(rows: 126, columns: 12) { $0[5 * 12 + 7] = .nan }
      try expectRefusal(65, folder, arguments, mentions: [path, "frame 5, channel 7", "not a finite number"])
      try put(rows: 126, columns: 12) { $0[0] = -.infinity }
      try expectRefusal(65, folder, arguments, mentions: [path, "frame 0, channel 0"])
      try put(rows: 100, columns: 12)
      try expectRefusal(
        65, folder, arguments, mentions: [path, "100 frames", "2.wav has 4000 samples", "125 or 126 frames"])
      try put(rows: 126, columns: 11)
      try expectRefusal(65, folder, arguments, mentions: [path, "11 channels, and 12 are wanted"])
      try write(bytes(path).dropLast(3), to: path)
      try expectRefusal(65, folder, arguments, mentions: [path, "save it again with numpy.save"])
      try FileManager.default.removeItem(atPath: path)
      try expectRefusal(66, folder, arguments, mentions: [path, "2.wav", "kodama features"])
    }
  }

  @Test func featuresMadeElsewhereNeedTheirHop() throws {
    try withTemporaryFolder { folder in
      try compute(folder)
      try FileManager.default.removeItem(atPath: folder + "/features/features.json")
      let arguments = ["--features", folder + "/features"]
      try expectRefusal(64, folder, arguments, mentions: ["--feature-hop", "features.json"])
      try expectRefusal(
        65, folder, arguments + ["--feature-hop", "64"], mentions: ["126 frames", "4000 samples", "63 frames"])
      try expectRefusal(65, folder, arguments + ["--feature-hop", "0"], mentions: ["hop_length"])
      try expectRefusal(
        65, folder, arguments + ["--preset", "vocoder-small"], mentions: ["no features.json", "kodama features"])
      try expectSuccess(
        ["train", Fixture.corpus, "-o", folder + "/good", "--steps", "1", "--feature-hop", "32"] + arguments
          + Fixture.training)
      // A hop takes the place of the features that a preset has.
      try expectSuccess(
        ["train", Fixture.corpus, "-o", folder + "/vocoder", "--steps", "1", "--feature-hop", "32"]
          + ["--preset", "vocoder-small"] + arguments + Fixture.training)
      let heard = try WaveNetModel.load(folder + "/vocoder").configuration.conditioning.features
      #expect(heard?.source == .frames(channels: 12, hopLength: 32))
    }
  }

  @Test func aHopThatFactorsDoNotReachIsRefused() throws {
    try withTemporaryFolder { folder in
      try expectRefusal(
        65, folder, ["--preset", "vocoder-small", "--set", "upsampling.factors=[4,8]"],
        mentions: ["[4, 8]", "product is 32", "64"])
    }
  }

  @Test func secondRecordingsMustFit() throws {
    try withTemporaryFolder { folder in
      for number in 0..<4 { try Fixture.writeSound(folder + "/dry/\(number).wav", seconds: 0.5) }
      let arguments = ["--signal", folder + "/dry"]
      try Fixture.writeSound(folder + "/dry/1.wav", seconds: 0.4)
      try expectRefusal(
        65, folder, arguments, mentions: [folder + "/dry/1.wav", "3200 samples at 8000 Hz", "1.wav has 4000"])
      try FileManager.default.removeItem(atPath: folder + "/dry/1.wav")
      try expectRefusal(66, folder, arguments, mentions: [folder + "/dry/1.wav", "no sound file of that name"])
      try write(Array("RIFF".utf8), to: folder + "/dry/1.wav")
      try expectRefusal(66, folder, arguments, mentions: [folder + "/dry/1.wav", "cut short"])
      // Another rate is converted, and its length counted after that.
      try Fixture.writeSound(folder + "/dry/1.wav", seconds: 0.5, sampleRate: 16_000)
      try expectSuccess(
        ["train", Fixture.corpus, "-o", folder + "/good", "--steps", "1"] + arguments + Fixture.training)
      try expectRefusal(64, folder, arguments + ["--features", "mel"], mentions: ["--features or --signal"])
      try expectRefusal(64, folder, arguments + ["--trim-silence", "-40"], mentions: ["--trim-silence"])
      try expectRefusal(64, folder, ["--validation-signal", folder + "/dry"], mentions: ["--validation"])
    }
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func computingGoesOnWhereItWasInterrupted(signal: Int32, status: Int32) throws {
    try withTemporaryFolder { folder in
      let count = 60
      for number in 0..<count { try Fixture.writeSound(folder + "/in/\(number).wav", seconds: 1, seed: UInt64(number)) }
      let arguments = [
        "features", folder + "/in", "-o", folder + "/out", "--rate", "8000", "--hop", "8", "--threads", "1",
      ]
      let child = try Child(Command.executable, arguments)
      func matrices() throws -> [String] {
        if !AtomicFile.exists(folder + "/out") { return [] }
        return try names(in: folder + "/out").filter { $0.hasSuffix(".npy") }
      }
      try child.wait(until: "the first matrix") { try !matrices().isEmpty }
      child.send(signal)
      let end = try child.end(within: 60)
      #expect(end.status == status && end.output.isEmpty, "\(end.errors)")
      #expect(end.errors.contains("interrupted; the same command continues from here"), "\(end.errors)")
      let kept = try matrices()
      #expect(!kept.isEmpty && kept.count < count)
      let others = try names(in: folder + "/out").filter { !$0.hasSuffix(".npy") }
      #expect(others == ["corpus.json", "features.json", "files.json"])
      for name in kept { #expect(try NumpyFile(folder + "/out/" + name).rows == 1001) }
      let rest = try expectSuccess(arguments)
      #expect(rest.errors.contains("\(count) files, \(kept.count) of them existing"), "\(rest.errors)")
    }
  }
}
