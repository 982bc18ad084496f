import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// `kodama generate --mel-of`: recordings made again from their log-mel features.
@Suite struct CopySynthesisTests {
  private static let recording = FeatureModels.sounds + "/a.wav"

  private func copy(
    _ recording: String = recording, to output: String, _ more: [String] = []
  ) throws -> Child.End {
    try expectSuccess(["generate", FeatureModels.mel, "--mel-of", recording, "-o", output] + more)
  }

  /// The scores of a copy as `kodama evaluate` gives them against the recording as the model hears it.
  private func scores(_ recording: String, _ copy: String) throws -> [String: Double] {
    let heard = copy + "-heard.wav"
    let sound = try AudioFile.read(recording)
    let samples =
      sound.sampleRate == 8000 ? sound.mono : Resampler.convert(sound.mono, from: sound.sampleRate, to: 8000)
    try AudioWriter.write(
      Waveform(samples, sampleRate: 8000), to: heard, encoding: AudioEncoding(.wav, .float32), existing: .replace)
    let output = try expectSuccess(["evaluate", heard, copy, "--metrics", "mcd,mr-stft", "--json", "--quiet"]).output
    let result = try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
    let pairs = try #require(result["pairs"] as? [[String: Any]])
    return try #require(pairs.first?["scores"] as? [String: Double])
  }

  /// What a table must say of distances.
  private func rows(_ distortion: Double, _ distance: Double) -> [String] {
    ["\(Format.decimal(distortion, 3)) dB\n", "\(Format.decimal(distance, 3))"]
  }

  @Test func aCopyIsAsLongAsItsRecordingAndAsFarAsEvaluateSays() throws {
    try withTemporaryFolder { folder in
      let table = try copy(to: folder + "/copy.wav").text
      let sound = try AudioFile.read(folder + "/copy.wav")
      #expect(sound.frames == 4800 && sound.sampleRate == 8000 && sound.channels.count == 1)
      let scores = try scores(Self.recording, folder + "/copy.wav")
      let (distortion, distance) = (try #require(scores["mcd"]), try #require(scores["mr-stft"]))
      #expect(distortion > 0 && distance > 0)
      for row in rows(distortion, distance) { #expect(table.contains(row), "\(table)") }
      #expect(table.contains("mel-cepstral distortion") && table.contains("multi-resolution STFT distance"))
      #expect(!table.contains("recordings"))
      // The same seed is the same sound, another is another; the form of the file is as asked.
      _ = try copy(to: folder + "/again.wav", ["--threads", "1", "--quiet"])
      #expect(try bytes(folder + "/again.wav") == bytes(folder + "/copy.wav"))
      _ = try copy(to: folder + "/other.flac", ["--seed", "2", "--format", "pcm24", "--quiet"])
      #expect(try AudioFile.read(folder + "/other.flac").mono != sound.mono)
    }
  }

  /// The models of these tests are hardly trained, so that any algorithm is better.
  @Test func copiesThatAreWorseThanTheBaselineAreSaidToBe() throws {
    try withTemporaryFolder { folder in
      let end = try copy(to: folder + "/copy.wav")
      let baseline = try copy(to: folder + "/phases.wav", ["--griffin-lim"])
      #expect(!baseline.errors.contains("warning"), "\(baseline.errors)")
      let (own, other) = (
        try scores(Self.recording, folder + "/copy.wav"), try scores(Self.recording, folder + "/phases.wav")
      )
      let (mine, theirs) = (try #require(own["mr-stft"]), try #require(other["mr-stft"]))
      try #require(mine > theirs)
      #expect(end.errors.contains("the copy is farther from the recording"), "\(end.errors)")
      #expect(end.errors.contains("\(Format.decimal(mine, 3)) against "), "\(end.errors)")
      #expect(try copy(to: folder + "/quiet.wav", ["--quiet"]).errors.isEmpty)
    }
  }

  @Test func anotherRateAndTwoChannelsAreConverted() throws {
    try withTemporaryFolder { folder in
      let recording = FeatureModels.sounds + "/deep/c.wav"
      let end = try copy(recording, to: folder + "/copy.wav")
      #expect(end.errors.contains("c.wav: converted from 16000 Hz, 2 channels, to 8000 Hz, mono"), "\(end.errors)")
      #expect(try AudioFile.read(folder + "/copy.wav").frames == 3200)
      let scores = try scores(recording, folder + "/copy.wav")
      for row in rows(try #require(scores["mcd"]), try #require(scores["mr-stft"])) {
        #expect(end.text.contains(row), "\(end.text)")
      }
    }
  }

  @Test func aFileOfFeaturesGivesTheSameSamples() throws {
    try withTemporaryFolder { folder in
      for (name, samples) in [("a", 4800), ("deep/b", 4000), ("deep/c", 3200)] {
        _ = try copy(
          FeatureModels.sounds + "/\(name).wav", to: folder + "/copy.wav", ["--quiet", "--force", "--seed", "9"])
        try expectSuccess([
          "generate", FeatureModels.mel, "--features", FeatureModels.features + "/\(name).npy", "-o",
          folder + "/made.wav", "--samples", "\(samples)", "--quiet", "--force", "--seed", "9",
        ])
        #expect(try bytes(folder + "/made.wav") == bytes(folder + "/copy.wav"), "\(name)")
      }
      // Without a length they reach one hop for each frame.
      try expectSuccess([
        "generate", FeatureModels.mel, "--features", FeatureModels.features + "/a.npy", "-o", folder + "/whole.wav",
        "--quiet",
      ])
      #expect(try AudioFile.read(folder + "/whole.wav").frames == 151 * 32)
    }
  }

  @Test func recordingsOfAFolderAreCopiedAsEachAlone() throws {
    try withTemporaryFolder { folder in
      let out = folder + "/copies"
      let end = try copy(FeatureModels.sounds, to: out)
      #expect(end.text.contains("recordings                             3\n"), "\(end.text)")
      #expect(end.errors.contains("1 file converted to 8000 Hz mono: deep/c.wav"), "\(end.errors)")
      let names = ["a.wav", "deep/b.wav", "deep/c.wav"]
      #expect(try TestSupport.names(in: out) == ["a.wav", "deep"])
      #expect(try TestSupport.names(in: out + "/deep") == ["b.wav", "c.wav"])
      _ = try copy(to: folder + "/alone.wav", ["--quiet"])
      #expect(try bytes(folder + "/alone.wav") == bytes(out + "/a.wav"))
      // The second recording is drawn by the second stream, and so on.
      for (number, (name, samples)) in zip(1..., [("b", 4000), ("c", 3200)]) {
        try expectSuccess([
          "generate", FeatureModels.mel, "--features", FeatureModels.features + "/deep/\(name).npy", "-o",
          folder + "/\(name).wav", "--streams", "\(number + 1)", "--samples", "\(samples)", "--quiet",
        ])
        let stream = folder + "/\(name)-\(number + 1).wav"
        #expect(try bytes(stream) == bytes(out + "/deep/\(name).wav"), "\(name)")
      }
      _ = try copy(FeatureModels.sounds, to: folder + "/serial/", ["--quiet", "--threads", "1"])
      for name in names { #expect(try bytes(folder + "/serial/" + name) == bytes(out + "/" + name), "\(name)") }
      let each = try zip(["a.wav", "deep/b.wav", "deep/c.wav"], names).map {
        try scores(FeatureModels.sounds + "/" + $0, out + "/" + $1)
      }
      func mean(_ metric: String) -> Double { each.compactMap { $0[metric] }.reduce(0, +) / 3 }
      for row in rows(mean("mcd"), mean("mr-stft")) { #expect(end.text.contains(row), "\(end.text)") }
    }
  }

  @Test func aFolderMayHoldOneRecordingAndTheOutputMayBeThere() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/one/a.flac", seconds: 0.1)
      try Folder.create(folder + "/copies")
      let text = try copy(folder + "/one", to: folder + "/copies", ["--quiet"]).text
      #expect(text.contains("recordings                             1\n"), "\(text)")
      #expect(try names(in: folder + "/copies") == ["a.wav"])
      // What is there stays, unless it may be replaced.
      let arguments = ["generate", FeatureModels.mel, "--mel-of", folder + "/one", "-o", folder + "/copies", "--quiet"]
      let before = try bytes(folder + "/copies/a.wav")
      try expectFailure(73, arguments + ["--seed", "2"], mentions: ["copies/a.wav exists already", "--force"])
      #expect(try bytes(folder + "/copies/a.wav") == before)
      try expectSuccess(arguments + ["--seed", "2", "--force"])
      #expect(try bytes(folder + "/copies/a.wav") != before)
    }
  }

  @Test func aDistanceThatIsNotDefinedIsLeftOut() throws {
    try withTemporaryFolder { folder in
      try AudioWriter.write(
        Waveform([Float](repeating: 0, count: 3000), sampleRate: 8000), to: folder + "/silence.wav", existing: .refuse)
      let table = try copy(folder + "/silence.wav", to: folder + "/copy.wav", ["--quiet"]).text
      #expect(table.split(separator: "\n").first?.hasSuffix(" -") == true, "\(table)")
      #expect(try AudioFile.read(folder + "/copy.wav").frames == 3000)
    }
  }

  @Test func griffinAndLimsAlgorithmIsWithoutTheNetwork() throws {
    try withTemporaryFolder { folder in
      let table = try copy(to: folder + "/phases.wav", ["--griffin-lim", "--quiet"]).text
      #expect(try AudioFile.read(folder + "/phases.wav").frames == 4800)
      _ = try copy(to: folder + "/again.wav", ["--griffin-lim", "--quiet", "--threads", "1"])
      #expect(try bytes(folder + "/again.wav") == bytes(folder + "/phases.wav"))
      let scores = try scores(Self.recording, folder + "/phases.wav")
      let distance = try #require(scores["mr-stft"])
      for row in rows(try #require(scores["mcd"]), distance) { #expect(table.contains(row), "\(table)") }
      // A network that was never trained is further away.
      _ = try copy(to: folder + "/copy.wav", ["--quiet"])
      #expect(try distance < #require(self.scores(Self.recording, folder + "/copy.wav")["mr-stft"]))
      _ = try copy(FeatureModels.sounds, to: folder + "/all", ["--griffin-lim", "--quiet"])
      #expect(try bytes(folder + "/all/a.wav") == bytes(folder + "/phases.wav"))
    }
  }

  @Test func whatTheNetworkMadeIsRefined() throws {
    try withTemporaryFolder { folder in
      _ = try copy(to: folder + "/plain.wav", ["--quiet"])
      let table = try copy(to: folder + "/refined.wav", ["--refine", "10", "--quiet"]).text
      let (plain, refined) = (
        try scores(Self.recording, folder + "/plain.wav"), try scores(Self.recording, folder + "/refined.wav")
      )
      let (distortion, distance) = (try #require(refined["mcd"]), try #require(refined["mr-stft"]))
      for row in rows(distortion, distance) { #expect(table.contains(row), "\(table)") }
      #expect(try distortion < #require(plain["mcd"]) && distance < #require(plain["mr-stft"]))
      _ = try copy(to: folder + "/again.wav", ["--refine", "10", "--quiet", "--threads", "1"])
      #expect(try bytes(folder + "/again.wav") == bytes(folder + "/refined.wav"))
      // From the features alone come the same samples.
      try expectSuccess(
        [
          "generate", FeatureModels.mel, "--features", FeatureModels.features + "/a.npy", "--samples", "4800",
          "--refine",
          "10", "-o", folder + "/made.wav",
        ])
      #expect(try bytes(folder + "/made.wav") == bytes(folder + "/refined.wav"))
    }
  }

  @Test func labelsAndFeaturesGoTogether() throws {
    try withTemporaryFolder { folder in
      func labelled(_ name: String, _ more: [String]) throws -> [UInt8] {
        try expectSuccess(
          ["generate", FeatureModels.labelled, "-o", folder + "/" + name, "--quiet"] + more)
        return try bytes(folder + "/" + name)
      }
      let features = ["--features", FeatureModels.features + "/a.npy", "--samples", "4800"]
      let anna = try labelled("anna.wav", ["--mel-of", Self.recording, "--label", "speaker=anna"])
      let ben = try labelled("ben.wav", ["--mel-of", Self.recording, "--label", "speaker=ben"])
      #expect(anna != ben)
      #expect(try labelled("made.wav", features + ["--label", "speaker=ben"]) == ben)
      try expectSuccess(
        ["generate", FeatureModels.labelled, "-o", folder + "/both.wav", "--quiet", "--label", "speaker=anna/ben"]
          + features)
      #expect(try bytes(folder + "/both-anna.wav") == anna)
      // Phases have no voice to choose.
      let phases = try labelled("phases.wav", ["--mel-of", Self.recording, "--griffin-lim"])
      #expect(phases != anna)
      for (labels, mention) in [
        ([], "--label speaker=… (anna, ben)"), (["--label", "speaker=anna/ben"], "give one label of each set"),
      ] {
        try expectFailure(
          64,
          ["generate", FeatureModels.labelled, "-o", folder + "/none.wav", "--mel-of", Self.recording] + labels,
          mentions: [mention])
      }
      #expect(try !names(in: folder).contains("none.wav"))
    }
  }

  @Test func whatCannotBeCopiedIsSaidBeforeTheWork() throws {
    try withTemporaryFolder { folder in
      func fail(
        _ status: Int32, _ options: [String], of model: String = FeatureModels.mel, output: String = "/out.wav",
        mentions: [String], sourceLocation: SourceLocation = #_sourceLocation
      ) throws {
        try expectFailure(
          status, ["generate", model, "-o", output.hasPrefix("/") ? folder + output : output] + options,
          mentions: mentions, sourceLocation: sourceLocation)
      }
      try fail(66, ["--mel-of", folder + "/none.wav"], mentions: ["none.wav"])
      try fail(64, ["--mel-of", Self.recording], output: "-", mentions: ["--mel-of writes a file"])
      try fail(64, ["--mel-of", Self.recording], output: "/out.xyz", mentions: [".wav, .flac, .ogg"])
      try fail(64, ["--mel-of", Self.recording], output: "/out.mp3", mentions: ["write .wav or .flac"])
      try fail(64, ["--mel-of", Self.recording], output: "/out.raw", mentions: ["write .wav or .flac"])
      for options in [["--seconds", "1"], ["--samples", "1"]] {
        try fail(64, ["--mel-of", Self.recording] + options, mentions: ["as long as its recording"])
      }
      try fail(64, ["--mel-of", Self.recording, "--prime", Self.recording], mentions: ["--prime"])
      try fail(64, ["--mel-of", Self.recording, "--streams", "2"], mentions: ["--streams"])
      try fail(64, ["--griffin-lim"], mentions: ["--griffin-lim needs --mel-of"])
      for options in [[], ["--features", "-"], ["--signal", Self.recording]] {
        try fail(
          64, ["--refine", "1"] + options, mentions: ["--refine needs --mel-of, or --features from a file"])
      }
      try fail(64, ["--mel-of", Self.recording, "--refine", "1", "--griffin-lim"], mentions: ["cannot be combined"])
      try fail(64, ["--mel-of", Self.recording, "--refine=-1"], mentions: ["--refine must be 0 to 10,000, not -1"])
      try fail(
        64, ["--mel-of", Self.recording, "--signal", Self.recording], mentions: ["--mel-of, --features and --signal"])
      try fail(64, ["--mel-of", Self.recording], of: Fixture.model, mentions: ["not conditioned on features"])
      try fail(
        64, ["--mel-of", Self.recording], of: FeatureModels.frames,
        mentions: ["frames of 3 numbers, one every 40 samples", "give --features FILE.npy"])
      try fail(
        64, ["--mel-of", Self.recording], of: FeatureModels.signal,
        mentions: ["a second recording, sample by sample", "give --signal RECORDING"])
      try write(Array("RIFF".utf8), to: folder + "/bad/a.wav")
      try FeatureModels.writeFrames(folder + "/bad/three.npy", count: 9)
      try fail(
        64, ["--samples", "1", "--features", folder + "/bad/three.npy", "--refine", "1"], of: FeatureModels.frames,
        mentions: ["frames of 3 numbers, one every 40 samples", "leave out --refine"])
      try fail(65, ["--mel-of", folder + "/bad/a.wav"], mentions: ["bad/a.wav"])
      try fail(65, ["--mel-of", folder + "/bad"], output: "/copies", mentions: [folder + "/bad"])
      try Folder.create(folder + "/bad/empty")
      try fail(66, ["--mel-of", folder + "/bad/empty"], output: "/copies", mentions: [folder + "/bad/empty"])
      #expect(try names(in: folder) == ["bad"])
    }
  }

  @Test func noRecordingIsLostAndNoCopy() throws {
    try withTemporaryFolder { folder in
      let recording = folder + "/in/a.wav"
      try Fixture.writeSound(recording, seconds: 0.1)
      let before = try bytes(recording)
      for (of, output) in [(recording, recording), (folder + "/in", folder + "/in/")] {
        let arguments = ["generate", FeatureModels.mel, "--mel-of", of, "-o", output]
        try expectFailure(73, arguments, mentions: ["a.wav exists already"])
        try expectFailure(73, arguments + ["--force"], mentions: ["a.wav", "give another name for the copy"])
        #expect(try bytes(recording) == before && names(in: folder + "/in") == ["a.wav"])
      }
      try Fixture.writeSound(folder + "/in/a.flac", seconds: 0.1)
      try expectFailure(
        65, ["generate", FeatureModels.mel, "--mel-of", folder + "/in", "-o", folder + "/out"],
        mentions: ["a.flac and a.wav have the same name", "rename one"])
      #expect(try names(in: folder) == ["in"])
    }
  }

  /// A folder's copies, and one alone.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func copiesThatAreNotWholeAreNotKept(signal: Int32, status: Int32) throws {
    try withTemporaryFolder { folder in
      for number in 0..<3 { try Fixture.writeSound(folder + "/in/\(number).wav", seconds: 60, seed: UInt64(number)) }
      for (of, output) in [(folder + "/in", folder + "/out/all"), (folder + "/in/0.wav", folder + "/out/0.wav")] {
        try Folder.create(folder + "/out/all")
        let child = try Child(
          Command.executable, ["generate", FeatureModels.mel, "--mel-of", of, "-o", output, "--quiet"])
        // A copy grows under another name until it is whole.
        func written() -> Int {
          ["/out/", "/out/all/"].reduce(0) { sum, part in
            let names = (try? names(in: folder + part)) ?? []
            return sum + names.reduce(0) { $0 + ((try? bytes(folder + part + $1).count) ?? 0) }
          }
        }
        try child.wait(until: "samples are written") { written() >= 1000 }
        child.send(signal)
        let end = try child.end(within: 60)
        #expect(end.status == status && end.output.isEmpty, "\(end.errors)")
        #expect(try names(in: folder + "/out") == ["all"])
        #expect(try names(in: folder + "/out/all").isEmpty)
      }
    }
  }
}
