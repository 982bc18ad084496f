import KodamaCore
import TestSupport
import Testing

@testable import KodamaTuning

/// Rewards as text.
@Suite struct RewardTermTests {
  @Test func aTextIsAWeightANameAndAValue() throws {
    let plain = try RewardTerm("voiced-share")
    #expect(plain.weight == 1 && plain.text == "voiced-share")
    #expect(try RewardTerm("-0.5*silence").weight == -0.5)
    #expect(try RewardTerm("-0.5*silence").kind == .silence)
    #expect(try RewardTerm("2*pitch=220").kind == .pitch(.frequency(220)))
    #expect(try RewardTerm("brightness").kind == .brightness(target: nil))
    #expect(try RewardTerm("brightness=1500").kind == .brightness(target: 1500))
    #expect(try RewardTerm("label=digit=7").kind == .label(set: "digit", value: "7"))
    #expect(try RewardTerm("label=digit").kind == .label(set: "digit", value: nil))
    // A command may have signs of its own.
    #expect(try RewardTerm("program=./a.py --x=3*4").kind == .program("./a.py --x=3*4"))
    let loud = try RewardTerm("loudness=-23").kind
    guard case .metric(let metric, target: let target) = loud else {
      Issue.record("\(loud) is no metric")
      return
    }
    #expect(metric.name == "loudness" && target == -23)
    guard case .distance(let mean, folder: "a=b") = try RewardTerm("ltas=a=b").kind else {
      Issue.record("ltas is a distance from a folder")
      return
    }
    #expect(mean.name == "ltas")
  }

  @Test(
    arguments: [
      ("", "no reward of this name"), ("voiced-shar", "voiced-share is one"), ("pitch", "pitch=HZ"),
      ("pitch=0", "from 1.0"), ("pitch=nan", "from 1.0"), ("scale=h-major", "c-major"), ("scale=c-dorian", "c-major"),
      ("silence=3", "leave it out"), ("label", "label=SET"), ("label=", "label=SET"), ("program= ", "program=COMMAND"),
      ("ltas", "ltas=FOLDER"), ("loudness=inf", "from -1000000.0"), ("0*hnr", "other than 0"),
      ("nan*hnr", "other than 0"), ("lsd", "no reward of this name"),
    ])
  func aTextThatIsNoneSaysWhatIs(text: String, advice: String) throws {
    let fault = try #require(throws: TuningFault.self) { try RewardTerm(text) }
    #expect("\(fault)".contains(advice) && "\(fault)".hasPrefix("reward \(text)"), "\(fault)")
    #expect(fault.exitStatus == .usage)
  }

  @Test func scalesHaveTheirNotes() throws {
    #expect(MusicalScale("c-major")?.semitones == [0, 2, 4, 5, 7, 9, 11])
    #expect(MusicalScale("a-minor")?.semitones == MusicalScale("c-major")?.semitones)
    #expect(MusicalScale("gb-major") == MusicalScale("f#-major"))
    #expect(MusicalScale("cb-pentatonic")?.semitones == [1, 3, 6, 8, 11])
    let scale = try #require(MusicalScale("c-major"))
    // A and C are notes of it, in every octave; C sharp is a semitone from one.
    for frequency in [440, 110, 3520, 261.6255653] { #expect(scale.cents(from: frequency) < 1e-3) }
    #expect(abs(scale.cents(from: 277.1826310) - 100) < 1e-3)
    // Ten cents below a C, across the octave.
    #expect(abs(scale.cents(from: 261.6255653 * 0.994240) - 10) < 0.01)
    for name in ["h-major", "c", "c-", "c##-major", "-major", "c-major-x"] { #expect(MusicalScale(name) == nil) }
  }

  @Test func aRewardNeedsWhatItMeasuresWith() throws {
    #expect(throws: TuningFault.needsClassifier(reward: "label=digit=7")) {
      try RewardTerm("label=digit=7").reward(sampleRate: 8000)
    }
    #expect(throws: (any Error).self) { try RewardTerm("ltas=/nowhere/at/all").reward(sampleRate: 8000) }
    let fault = try #require(throws: TuningFault.self) { try RewardTerm("pitch=90").reward(sampleRate: 150) }
    #expect("\(fault)".contains("150 Hz"))
  }
}
