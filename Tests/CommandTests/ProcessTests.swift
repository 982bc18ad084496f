import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama process`: recordings through models of amplifiers.
@Suite struct ProcessTests {
  static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("AmplifiersTests/Golden").path

  private let amp = Self.models + "/wavenet-two-arrays.nam"

  /// A recording of two channels that differ.
  private func recording(_ folder: String, rate: Int = 48_000, frames: Int = 5000) throws -> (String, [[Float]]) {
    let channels = [13, 29].map { step in (0..<frames).map { Float(($0 * step) % 101) / 202 - 0.25 } }
    let path = folder + "/in-\(rate).wav"
    try AudioWriter.write(
      Waveform(channels: channels, sampleRate: rate), to: path, encoding: AudioEncoding(.wav, .float32),
      existing: .refuse)
    return (path, channels)
  }

  private func played(_ model: String, _ input: [Float]) throws -> [Float] {
    AmplifierProcessor(try AmplifierModel(contentsOf: model)).process(input)
  }

  @Test func eachChannelIsProcessed() throws {
    try withTemporaryFolder { folder in
      let (input, channels) = try recording(folder)
      for (name, options) in [("a", []), ("b", ["--block", "17"]), ("c", ["--quiet"])] {
        let out = folder + "/\(name).wav"
        try expectSuccess(["process", amp, input, "-o", out, "--format", "float32"] + options)
        let sound = try AudioFile.read(out)
        #expect(sound.sampleRate == 48_000)
        #expect(sound.channels == (try channels.map { try played(amp, $0) }))
      }
    }
  }

  @Test func oneChannelAndTheMix() throws {
    try withTemporaryFolder { folder in
      let (input, channels) = try recording(folder)
      let mix = zip(channels[0], channels[1]).map { ($0 + $1) / 2 }
      for (choice, expected) in [("right", channels[1]), ("mix", mix)] {
        let out = folder + "/\(choice).wav"
        try expectSuccess(["process", amp, input, "-o", out, "--format", "float32", "--channel", choice])
        #expect(try AudioFile.read(out).channels == [try played(amp, expected)])
      }
      try expectFailure(
        65, ["process", amp, input, "-o", folder + "/no.wav", "--channel", "3"], mentions: ["in-48000.wav", "3"])
      #expect(try names(in: folder) == ["in-48000.wav", "mix.wav", "right.wav"])
    }
  }

  @Test func gainsAndTheDryShare() throws {
    try withTemporaryFolder { folder in
      let (input, channels) = try recording(folder)
      let out = folder + "/out.wav"
      try expectSuccess([
        "process", amp, input, "-o", out, "--format", "float32", "--channel", "left", "--input-gain", "6",
        "--output-gain", "-12", "--mix", "0.75",
      ])
      let (up, down) = (Float(pow(10, 6.0 / 20)), Float(pow(10, -12.0 / 20)))
      let wet = try played(amp, channels[0].map { $0 * up })
      let expected = zip(wet, channels[0]).map { $0 * down * 0.75 + $1 * 0.25 }
      #expect(disagreement(try AudioFile.read(out).channels[0], expected, floor: 1).relative < 1e-6)
    }
  }

  @Test func loudnessIsThatOfTheFile() throws {
    try withTemporaryFolder { folder in
      let (input, channels) = try recording(folder)
      let (model, out) = (Self.models + "/metadata.nam", folder + "/out.wav")
      let loudness = try #require(try AmplifierModel(contentsOf: model).metadata.loudness)
      try expectSuccess([
        "process", model, input, "-o", out, "--format", "float32", "--channel", "left", "--normalize",
      ])
      let gain = Float(pow(10, (-18 - loudness) / 20))
      let expected = try played(model, channels[0]).map { $0 * gain }
      #expect(disagreement(try AudioFile.read(out).channels[0], expected).relative < 1e-6)
      try expectFailure(
        65, ["process", amp, input, "-o", folder + "/no.wav", "--normalize"],
        mentions: ["metadata.loudness", "--output-gain"])
    }
  }

  @Test func anotherRateIsRefusedOrConverted() throws {
    try withTemporaryFolder { folder in
      let (input, _) = try recording(folder, rate: 44_100)
      let out = folder + "/out.wav"
      try expectFailure(
        65, ["process", amp, input, "-o", out], mentions: ["44100", "48000", "wavenet-two-arrays.nam", "--resample"])
      try expectSuccess(["process", amp, input, "-o", out, "--resample", "--mix", "0.5"])
      let sound = try AudioFile.read(out)
      #expect(sound.sampleRate == 44_100 && abs(sound.frames - 5000) <= 1)
      #expect(sound.channels.count == 2 && sound.channels[0] != sound.channels[1])
    }
  }

  @Test func pipesCarrySound() throws {
    try withTemporaryFolder { folder in
      let (input, channels) = try recording(folder)
      let end = try expectSuccess(["process", amp, input, "-o", "-", "--raw", "--format", "float32", "--channel", "1"])
      #expect(end.output == WaveBytes.floats(try played(amp, channels[0])))
    }
  }

  @Test func nothingIsReplaced() throws {
    try withTemporaryFolder { folder in
      let (input, _) = try recording(folder)
      let out = folder + "/out.wav"
      try write("mine".utf8, to: out)
      try expectFailure(73, ["process", amp, input, "-o", out], mentions: ["out.wav", "--force"])
      #expect(try bytes(out) == Array("mine".utf8))
      try expectSuccess(["process", amp, input, "-o", out, "--force"])
      #expect(try AudioFile.read(out).frames == 5000)
    }
  }

  @Test func wrongUseIsRefused() throws {
    let start = ["process", amp, "in.wav", "-o", "out.wav"]
    for (options, mention) in [
      (["--size", "2"], "--size"), (["--mix", "-1"], "--mix"), (["--block", "0"], "--block"), (["--raw"], "--raw"),
      (["--input-gain", "nan"], "--input-gain"),
    ] {
      try expectFailure(64, start + options, mentions: [mention])
    }
    try expectFailure(66, start, mentions: ["in.wav"])
    try expectFailure(66, ["process", "none.nam", "in.wav", "-o", "out.wav"], mentions: ["none.nam"])
    try withTemporaryFolder { folder in
      let (input, _) = try recording(folder)
      let bad = folder + "/bad.nam"
      try write("{\"version\":\"0.5.0\"".utf8, to: bad)
      try expectFailure(65, ["process", bad, input, "-o", folder + "/out.wav"], mentions: ["bad.nam", "byte"])
      #expect(try names(in: folder) == ["bad.nam", "in-48000.wav"])
    }
  }

  @Test func whatWasProcessedIsShown() throws {
    try withTemporaryFolder { folder in
      let (input, _) = try recording(folder)
      let text = try expectSuccess(["process", amp, input, "-o", folder + "/out.wav", "--json"]).text
      let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      #expect(json["frames"] as? Int == 5000 && json["channels"] as? Int == 2)
      #expect(try #require(json["realTimeFactor"] as? Double) > 0)
      let loud = try expectSuccess(["process", amp, input, "-o", folder + "/loud.wav", "--output-gain", "60"])
      #expect(loud.errors.contains("beyond full scale") && loud.errors.contains("--output-gain"))
    }
  }

  @Test func theBenchmarkMeasures() throws {
    let text = try expectSuccess([
      "bench", "process", amp, Self.models + "/lstm-3.nam", "--seconds", "0.1", "--rounds", "1", "--json",
    ]).text
    let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(try #require(json["realTimeFactor"] as? Double) > 0)
    let times = try #require(json["blockSeconds"] as? [String: Double])
    #expect(try #require(times["median"]) <= #require(times["p999"]))
  }
}
