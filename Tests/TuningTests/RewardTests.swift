import Foundation
import KodamaAudio
import KodamaCore
import KodamaSignal
import KodamaSpectra
import TestSupport
import Testing

@testable import KodamaTuning

/// What rewards are worth on sounds that are known.
@Suite struct RewardTests {
  private static let rate = 8000

  private static func sound(_ labels: [String: String] = [:], _ wave: (Double) -> Double) -> RewardedSound {
    RewardedSound(
      samples: (0..<rate).map { Float(wave(Double($0) / Double(rate))) }, sampleRate: rate, labels: labels)
  }

  private static func tone(_ frequency: Double, _ amplitude: Double = 0.3) -> RewardedSound {
    sound { amplitude * (sin(2 * .pi * frequency * $0) + 0.5 * sin(4 * .pi * frequency * $0)) }
  }

  private static func noise(_ seed: UInt64 = 1) -> RewardedSound {
    var random = Philox(seed: seed)
    return RewardedSound(
      samples: (0..<rate).map { _ in Float(0.1 * random.normal()) }, sampleRate: rate)
  }

  private static let silence = sound { _ in 0 }

  private func wholes(_ text: String, _ sounds: [RewardedSound]) throws -> [Double?] {
    try RewardTerm(text).reward(sampleRate: Self.rate).values(of: sounds, workers: .serial).map(\.whole)
  }

  @Test func aMetricIsRewardedAsEvaluated() throws {
    let sounds = [Self.tone(220), Self.noise(), Self.tone(440, 0.05)]
    for name in ["voiced-share", "loudness", "flatness"] {
      let metric = try Metric.named(name)
      let found = try wholes(name, sounds)
      for (sound, value) in zip(sounds, found) {
        let waveform = Waveform(sound.samples, sampleRate: Self.rate)
        let expected = try Evaluation(metrics: [metric]).statistics(of: [Sound(name: "s", waveform)])[name]?.mean
        let (value, wanted) = (try #require(value), try #require(expected))
        #expect(abs(value - wanted) < 1e-6 * max(1, abs(wanted)), "\(name): \(value), not \(wanted)")
      }
    }
    // Of a sound without silent frames.
    let ratio = try #require(try wholes("hnr", [Self.tone(220)])[0])
    let expected = try Evaluation(metrics: [HarmonicsToNoise.metric]).statistics(
      of: [Sound(name: "s", Waveform(Self.tone(220).samples, sampleRate: Self.rate))])["hnr"]?.mean
    #expect(abs(ratio - (try #require(expected))) < 1e-6 * ratio && ratio > 20)
    let target = try wholes("loudness=-23", sounds)
    let loudness = try wholes("loudness", sounds)
    for (near, level) in zip(target, loudness) {
      #expect(abs((near ?? .nan) + abs((level ?? .nan) + 23)) < 1e-9)
    }
    // Silence has no loudness.
    #expect(try wholes("loudness", [Self.silence]) == [nil])
  }

  @Test func pitchIsRewardedNearItsTarget() throws {
    let found = try wholes("pitch=220", [Self.tone(220), Self.tone(225), Self.tone(233), Self.tone(330), Self.noise()])
    let values = try found.map { try #require($0) }
    #expect(values[0] > 0.9 && values[0] > values[1] && values[1] > values[2] && values[2] > values[3], "\(values)")
    #expect(values[3] < 0.1 && values[4] < 0.1, "\(values)")
    let tuned = try wholes("scale=c-major", [Self.tone(440), Self.tone(277.18), Self.tone(261.63)])
    #expect((tuned[0] ?? .nan) > 0.9 && (tuned[2] ?? .nan) > 0.9 && (tuned[1] ?? .nan) < 0.1, "\(tuned)")
  }

  @Test func brightnessIsTheCentroid() throws {
    let pure = Self.sound { 0.3 * sin(2 * .pi * 1000 * $0) }
    let found = try wholes("brightness", [pure, Self.noise(), Self.silence])
    #expect(abs((found[0] ?? .nan) - 1000) < 60, "\(found)")
    // White noise is as strong at all frequencies up to half of the rate.
    #expect(abs((found[1] ?? .nan) - 2000) < 100 && found[2] == 0, "\(found)")
    #expect(abs((try wholes("brightness=1500", [pure])[0] ?? .nan) + 500) < 60)
  }

  @Test func silenceIsTheShareOfQuietFrames() throws {
    let half = Self.sound { $0 < 0.5 ? 0 : 0.3 * sin(2 * .pi * 300 * $0) }
    let found = try wholes("silence", [Self.silence, half, Self.noise()])
    #expect(found[0] == 100 && abs((found[1] ?? .nan) - 50) < 3 && found[2] == 0, "\(found)")
  }

  @Test func theDistanceFromASetIsLeastForItsOwnSounds() throws {
    try withTemporaryFolder { folder in
      for (number, seed) in (1...3).enumerated() {
        try AudioWriter.write(
          Waveform(Self.noise(UInt64(seed)).samples, sampleRate: Self.rate), to: folder + "/\(number).wav",
          existing: .refuse)
      }
      let found = try wholes("ltas=\(folder)", [Self.noise(9), Self.tone(220)])
      let values = try found.map { try #require($0) }
      #expect(values[0] < 0 && values[0] > values[1] + 3, "\(values)")
      // The same number as kodama evaluate has for the two sets.
      let set = (1...3).map { seed in
        Sound(name: "\(seed)", Waveform(Self.noise(UInt64(seed)).samples, sampleRate: Self.rate))
      }
      let result = try Evaluation(metrics: [AverageSpectrumDistance.metric]).compare(
        reference: set, generated: [Sound(name: "x", Waveform(Self.tone(220).samples, sampleRate: Self.rate))])
      let expected = try #require(result.sets?.scores["ltas"])
      // Files have 16 bits.
      #expect(abs(values[1] + expected) < 0.02 * expected, "\(values[1]) and \(expected)")
    }
  }

  private func program(_ command: String, limit: Duration = .seconds(20)) -> ProgramReward {
    ProgramReward(program: ChildProgram(command, limit: limit))
  }

  @Test func aProgramPrintsANumberForEachFile() throws {
    let sounds = [Self.tone(220), Self.noise(), Self.silence]
    // The sizes of the files, which are those of the sounds.
    let sizes = try program("stat -c %s").values(of: sounds, workers: .serial).map(\.whole)
    #expect(sizes == sizes.map { _ in sizes[0] } && (sizes[0] ?? 0) > Double(2 * Self.rate))
    let counted = try program(#"for f in "$@"; do echo 0.5; done | cat"#).values(of: sounds, workers: .serial)
    #expect(counted == [.whole(0.5), .whole(0.5), .whole(0.5)])
    let named = try program(#"sh -c 'for f; do basename "$f" .wav; done' x"#).values(of: sounds, workers: .serial)
    #expect(named == [.whole(1), .whole(2), .whole(3)])
  }

  @Test(
    arguments: [
      ("exit 3; :", "status 3", KodamaCore.ExitStatus.unavailable), ("echo gone >&2; exit 1; :", "gone", .unavailable),
      ("/nowhere/scorer", "status 127", .unavailable), ("kill -9 $$; :", "signal 9", .unavailable),
      ("true", "prints nothing for 2 sounds", .badData), ("echo 1 2 3; :", "3 numbers for 2 sounds", .badData),
      ("echo 1 two; :", "two for sound 2", .badData),
    ])
  func aProgramThatFailsIsNamed(command: String, problem: String, status: KodamaCore.ExitStatus) throws {
    let fault = try #require(throws: TuningFault.self) {
      try program(command).values(of: [Self.noise(), Self.silence], workers: .serial)
    }
    #expect("\(fault)".contains(problem) && "\(fault)".contains(command), "\(fault)")
    #expect(fault.exitStatus == status)
  }

  @Test func aProgramThatHangsIsEnded() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let fault = try #require(throws: TuningFault.self) {
      // Its child must end too, as its output is kept open by both.
      try program("sleep 600; :", limit: .milliseconds(300)).values(of: [Self.noise()], workers: .serial)
    }
    #expect("\(fault)".contains("it was ended after") && fault.exitStatus == .unavailable)
    #expect(start.duration(to: clock.now) < .seconds(60))
  }

  @Test func muchOutputDoesNotBlockAProgram() throws {
    let fault = try #require(throws: TuningFault.self) {
      try program("yes 1 | head -c 3000000; :").values(of: [Self.noise()], workers: .serial)
    }
    #expect("\(fault)".contains("numbers for 1 sound"))
  }
}
