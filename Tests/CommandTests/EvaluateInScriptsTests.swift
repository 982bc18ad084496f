import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// `kodama evaluate` as scripts use it: what it takes, what it prints, and how it ends.
@Suite struct EvaluateInScriptsTests {
  private func object(_ end: Child.End) throws -> [String: Any] {
    #expect(end.status == 0, "\(end.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(end.output)) as? [String: Any])
  }

  private func pairs(_ end: Child.End) throws -> [[String: Any]] {
    try #require(try object(end)["pairs"] as? [[String: Any]])
  }

  /// A folder with `a` and `b`, three sounds each, of which two have the same names.
  private func withFolders(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      for (number, name) in ["a/one.wav", "a/two.wav", "a/three.wav", "b/one.wav", "b/two.flac", "b/four.wav"]
        .enumerated()
      {
        try Fixture.writeSound(folder + "/" + name, seconds: 0.5, seed: UInt64(number))
      }
      try body(folder)
    }
  }

  @Test func patternsPairByWhatTheyDoNotShare() throws {
    try withFolders { folder in
      let end = try Command.run(
        ["evaluate", "a/*.wav", "b/t*", "--metrics", "lsd", "--json", "--quiet"], in: folder)
      let pairs = try pairs(end)
      #expect(pairs.map { $0["reference"] as? String } == ["two.wav"])
      #expect(pairs.map { $0["generated"] as? String } == ["two.flac"])
      try expectFailure(66, ["evaluate", "a/*.ogg", "b"], in: folder, mentions: ["a/*.ogg", "no file matches"])
    }
  }

  @Test func standardInputIsASide() throws {
    try withFolders { folder in
      let end = try Command.shell(
        "cat a/one.wav | \"$KODAMA\" evaluate a/one.wav - --metrics lsd,peak --json", in: folder)
      let pair = try #require(try pairs(end).first)
      #expect(pair["generated"] as? String == "standard input")
      #expect((pair["scores"] as? [String: Double])?["lsd"] == 0)
      try expectFailure(
        65, try Command.shell("echo '<html>' | \"$KODAMA\" evaluate a/one.wav -", in: folder),
        mentions: ["standard input"])
      try expectFailure(
        65, try Command.shell("\"$KODAMA\" evaluate - a/one.wav < /dev/null", in: folder),
        mentions: ["standard input"])
      try expectFailure(64, ["evaluate", "-", "-"], in: folder, mentions: ["standard input", "not both"])
    }
  }

  @Test func pairsAreTakenFromAList() throws {
    try withFolders { folder in
      try write("reference,generated\na/one.wav,b/four.wav\n\"a/two.wav\",b/one.wav\n".utf8, to: folder + "/list.csv")
      let end = try Command.run(["evaluate", "--pairs", folder + "/list.csv", "--metrics", "lsd", "--json"])
      #expect(try pairs(end).map { $0["generated"] as? String } == ["b/four.wav", "b/one.wav"])
      let piped = try Command.shell(
        "printf 'a/one.wav,a/one.wav\\n' | \"$KODAMA\" evaluate --pairs - --metrics lsd --csv", in: folder)
      #expect(piped.text.contains("pair,a/one.wav,a/one.wav,0.0\n"), "\(piped.text)")
      for (text, mention) in [("", "no pair"), ("a/one.wav\n", "line 1"), ("a/one.wav,b/one.wav\nx,y,z\n", "line 2")] {
        try write(text.utf8, to: folder + "/bad.csv")
        try expectFailure(65, ["evaluate", "--pairs", "bad.csv"], in: folder, mentions: ["bad.csv", mention])
      }
      try write("a/one.wav,b/none.wav\n".utf8, to: folder + "/bad.csv")
      try expectFailure(66, ["evaluate", "--pairs", "bad.csv"], in: folder, mentions: ["none.wav"])
      try expectFailure(64, ["evaluate", "a", "--pairs", "list.csv"], in: folder, mentions: ["--pairs"])
    }
  }

  @Test func soundsWithoutACounterpartAreNamedAndStrictlyAnError() throws {
    try withFolders { folder in
      let arguments = ["evaluate", "a", "b", "--metrics", "lsd,peak"]
      let table = try expectSuccess(arguments, in: folder).text
      #expect(table.contains("references without a counterpart: 1: three.wav"), "\(table)")
      #expect(table.contains("generated sounds without a counterpart: 1: four.wav"), "\(table)")
      let result = try object(Command.run(arguments + ["--json"], in: folder))
      let sounds = try #require(result["sounds"] as? [[String: Any]])
      #expect(sounds.map { $0["generated"] as? String } == ["four.wav"])
      #expect((sounds[0]["scores"] as? [String: Double])?.keys.sorted() == ["peak"])
      try expectFailure(65, arguments + ["--strict"], in: folder, mentions: ["three.wav", "four.wav", "--strict"])
    }
  }

  @Test func soundsThatDifferNeedPermission() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/a.wav", seconds: 0.5)
      try Fixture.writeSound(folder + "/long.wav", seconds: 0.7)
      try Fixture.writeSound(folder + "/fast.wav", seconds: 0.5, sampleRate: 16_000)
      try Fixture.writeSound(folder + "/stereo.wav", seconds: 0.5, channels: 2)
      for (name, mention) in [("long", "--align"), ("fast", "--resample"), ("stereo", "--mono")] {
        try expectFailure(
          65, ["evaluate", "a.wav", name + ".wav"], in: folder, mentions: ["a.wav", name + ".wav", mention])
      }
      for (name, options, note) in [
        ("long", ["--align", "trim"], "cut from 5600 to 4000 samples"),
        ("long", ["--align", "pad"], "padded from 4000 to 5600 samples"),
        ("fast", ["--resample", "lowest"], "fast.wav: converted from 16000 to 8000 Hz"),
        ("fast", ["--resample", "reference"], "fast.wav: converted from 16000 to 8000 Hz"),
        (
          "fast", ["--resample", "12000"],
          "converted from 8000 to 12000 Hz, or other numbers: 2 sounds: a.wav, fast.wav"
        ),
        ("stereo", ["--mono"], "mixed down from 2 channels"),
      ] {
        let text = try expectSuccess(["evaluate", "a.wav", name + ".wav"] + options, in: folder).text
        #expect(text.contains(note), "\(text)")
        #expect(!text.contains("lsd: no value"), "\(text)")
      }
      let warped = try expectSuccess(["evaluate", "a.wav", "long.wav", "--align", "dtw"], in: folder).text
      #expect(warped.contains("lsd, mr-stft, mr-stft-sc") && !warped.contains("mcd-dtw,"), "\(warped)")
      // What is compared after conversion is the sound that was asked for, not another one.
      let json = ["--json", "--metrics", "peak"]
      let peak = { (name: String, options: [String]) -> Double in
        let end = try Command.run(["evaluate", "a.wav", name] + options + json, in: folder)
        let scores = try #require(try self.pairs(end)[0]["scores"] as? [String: Double])
        return try #require(scores["peak"])
      }
      let (mixed, mono) = (try peak("stereo.wav", ["--mono"]), try peak("a.wav", []))
      #expect(abs(mixed - mono) < 0.01)
    }
  }

  @Test func thresholdsEndWithOne() throws {
    let arguments = ["evaluate", Fixture.recording, Fixture.corpus + "/1.wav"]
    let end = try Command.run(
      arguments + ["--fail-if", "lsd>0.5", "--fail-if", "lsd>500", "--fail-if", "max(mcd-dtw)>=0.1", "--csv"])
    #expect(end.status == 1)
    #expect(end.text.hasPrefix("kind,reference,generated"), "the scores are printed all the same")
    #expect(end.errors.contains("mean of lsd is") && end.errors.contains("max of mcd-dtw is"), "\(end.errors)")
    #expect(!end.errors.contains("500"), "\(end.errors)")
    try expectSuccess(arguments + ["--metrics", "ltas", "--fail-if", "lsd>500"])
    let undefined = try Command.run(["evaluate", Fixture.recording, Fixture.recording, "--fail-if", "snr<20"])
    #expect(undefined.status == 1 && undefined.errors.contains("no value"), "\(undefined.errors)")
    for text in ["lsd", "lsd>x", "sum(lsd)>3"] {
      try expectFailure(64, arguments + ["--fail-if", text], mentions: [text])
    }
    try expectFailure(64, arguments + ["--fail-if", "mcd-dwt>3"], mentions: ["mcd-dwt", "did you mean mcd-dtw"])
    try expectFailure(64, arguments + ["--fail-if", "mcd-dtw.p200>3"], mentions: ["p200", "median", "std", "p95"])
  }

  @Test func theOutcomesOfThresholdsAreInJSONAndJUnit() throws {
    try withTemporaryFolder { folder in
      let arguments = [
        "evaluate", Fixture.recording, Fixture.corpus + "/1.wav", "--metrics", "lsd", "--fail-if", "lsd.p95>0.5",
        "--fail-if", "lsd<0", "--junit", "out.xml",
      ]
      let end = try Command.run(arguments + ["--json"], in: folder)
      #expect(end.status == 1 && end.errors.contains("p95 of lsd is"), "\(end.errors)")
      let result = try #require(try JSONSerialization.jsonObject(with: Data(end.output)) as? [String: Any])
      let outcomes = try #require(result["thresholds"] as? [[String: Any]])
      #expect(outcomes.map { $0["threshold"] as? String } == ["lsd.p95>0.5", "lsd<0"])
      #expect(outcomes.map { $0["passed"] as? Bool } == [false, true])
      #expect((outcomes[0]["value"] as? Double ?? 0) > 0.5 && outcomes[0]["statistic"] as? String == "p95")
      let cases = try JUnit(folder + "/out.xml").cases
      #expect(cases.map(\.name) == ["lsd.p95>0.5", "lsd<0"])
      #expect(cases.map { $0.failure?.hasPrefix("p95 of lsd is ") } == [true, nil])
      try expectFailure(73, arguments, in: folder, mentions: ["out.xml", "--force"])
      #expect(try Command.run(arguments + ["--force", "--markdown"], in: folder).text.contains("| lsd | dB |"))
      try expectFailure(
        73, ["evaluate", "a", "b", "--fail-if", "lsd>1", "--junit", "no/where/x.xml"], in: folder,
        mentions: ["no/where"])
      try expectFailure(
        64, ["evaluate", Fixture.recording, Fixture.recording, "--junit", "x.xml"], in: folder,
        mentions: ["--junit", "--fail-if"])
      try expectFailure(
        64, ["evaluate", Fixture.recording, Fixture.recording, "--markdown", "--csv"], in: folder,
        mentions: ["--markdown"])
      try expectFailure(
        64, ["evaluate", Fixture.recording, Fixture.recording, "--fail-if", "lsd>1", "--junit", "-"], in: folder,
        mentions: ["--junit", "/dev/stdout"])
      try expectFailure(
        64, ["evaluate", Fixture.recording, Fixture.recording, "--report", "-"], in: folder, mentions: ["--report"])
    }
  }

  @Test func oneFileIsFoundInAFolderByItsName() throws {
    try withTemporaryFolder { folder in
      for number in 0..<2 {
        try Fixture.writeSound(folder + "/r/\(number).wav", seconds: 0.4, seed: UInt64(number))
      }
      try Fixture.writeSound(folder + "/x/1.wav", seconds: 0.4, seed: 1)
      let end = try expectSuccess(["evaluate", "r", "x/1.wav", "--metrics", "lsd, ltas", "--csv"], in: folder)
      #expect(end.text.contains("pair,1.wav,1.wav,0.0,"), "\(end.text)")
    }
  }

  @Test func aFileThatIsCutOffIsRefusedWhereStrict() throws {
    try withTemporaryFolder { folder in
      for name in ["whole.wav", "cut.wav"] { try Fixture.writeSound(folder + "/" + name, seconds: 0.4, seed: 1) }
      try write(bytes(folder + "/cut.wav").dropLast(100), to: folder + "/cut.wav")
      try write(Array("whole.wav,cut.wav\n".utf8), to: folder + "/pairs.csv")
      for sides in [["whole.wav", "cut.wav"], ["whole.wav", "cu*.wav"], ["--pairs", "pairs.csv"]] {
        let arguments = ["evaluate"] + sides + ["--metrics", "ltas"]
        try expectSuccess(arguments, in: folder)
        try expectFailure(65, arguments + ["--strict"], in: folder, mentions: ["cut.wav"])
      }
    }
  }

  @Test func aMetricThatIsWorseFails() throws {
    try withTemporaryFolder { folder in
      for number in 0..<6 {
        try Fixture.writeSound(folder + "/r/\(number).wav", seconds: 0.4, seed: UInt64(number))
        try Fixture.writeSound(folder + "/x/\(number).wav", seconds: 0.4, seed: UInt64(number + 7))
      }
      for side in ["r", "x"] {
        let end = try expectSuccess(["evaluate", "r", side, "--metrics", "lsd,mcd,peak,ltas", "--json"], in: folder)
        try write(end.output, to: folder + "/\(side).json")
      }
      let arguments = ["evaluate", "--compare", "r.json", "x.json", "--fail-if-worse", "--junit", "out.xml"]
      let end = try Command.run(arguments, in: folder)
      #expect(end.status == 1 && end.text.contains("worse"), "\(end.errors)")
      #expect(
        end.errors.contains("lsd is worse: 0.000 dB before") && end.errors.contains("mcd is worse"), "\(end.errors)")
      #expect(!end.errors.contains("peak"), "\(end.errors)")
      let cases = try JUnit(folder + "/out.xml").cases
      #expect(cases.map(\.name) == ["lsd", "mcd", "peak", "ltas"])
      #expect(cases.map { $0.failure == nil } == [false, false, true, true])
      try expectSuccess(["evaluate", "--compare", "x.json", "r.json", "--fail-if-worse"], in: folder)
      let markdown = try expectSuccess(["evaluate", "--compare", "x.json", "r.json", "--markdown"], in: folder).text
      #expect(markdown.hasPrefix("| metric | unit | first |"), "\(markdown)")
      try expectFailure(73, arguments, in: folder, mentions: ["out.xml"])
      try expectFailure(64, ["evaluate", "r", "x", "--fail-if-worse"], in: folder, mentions: ["--compare"])
      try expectFailure(
        64, ["evaluate", "--compare", "r.json", "x.json", "--fail-if", "lsd>1"], in: folder,
        mentions: ["--fail-if-worse"])
    }
  }

  @Test func aRateThatIsNoneIsRefused() throws {
    for rate in ["highest", "0", "-8000", "1e4", "999", "768001", "8000.5"] {
      try expectFailure(
        64, ["evaluate", Fixture.recording, Fixture.recording, "--resample=\(rate)"],
        mentions: ["lowest", "1000", "Hz"])
    }
  }

  @Test func warningsOfOneKindAreOneLine() throws {
    try withTemporaryFolder { folder in
      for name in ["1", "2", "3", "4", "5"] {
        try Fixture.writeSound(folder + "/a/\(name).wav", seconds: 0.3)
        try write("<html>".utf8, to: folder + "/a/page\(name).wav")
      }
      let end = try Command.run(["evaluate", "a", "a", "--metrics", "lsd", "--csv"], in: folder)
      #expect(end.status == 0)
      let warnings = end.errors.split(separator: "\n").filter { $0.contains("warning") }
      #expect(
        warnings.count == 1 && warnings[0].contains("10 files") && warnings[0].contains("7 more"), "\(end.errors)")
    }
  }

  /// Scores near the end of what numbers can be: their sums and differences are beyond it.
  @Test(arguments: ["1.7e308", "-1.7e308", "1e160"]) func scoresThatNoMetricGivesAreNamed(value: String) throws {
    try withTemporaryFolder { folder in
      let json = try expectSuccess(["evaluate", Fixture.corpus, Fixture.corpus, "--metrics", "lsd,ltas", "--json"]).text
      try write(json.utf8, to: folder + "/good.json")
      for (text, place) in [("\"lsd\" : 0", "pairs[0].scores.lsd"), ("{\n      \"ltas\" : 0", "sets.scores.ltas")] {
        let changed = json.replacing(text, with: text.dropLast() + value)
        try #require(changed != json)
        try write(changed.utf8, to: folder + "/bad.json")
        for pair in [["good.json", "bad.json"], ["bad.json", "bad.json"]] {
          for form in [[], ["--json"], ["--csv"]] {
            try expectFailure(
              65, ["evaluate", "--compare"] + pair + form, in: folder, mentions: ["bad.json: \(place) is"])
          }
        }
      }
    }
  }

  @Test func twoEvaluationsAreCompared() throws {
    try withTemporaryFolder { folder in
      for number in 0..<6 {
        try Fixture.writeSound(folder + "/r/\(number).wav", seconds: 0.4, seed: UInt64(number))
        try Fixture.writeSound(folder + "/x/\(number).wav", seconds: 0.4, seed: UInt64(number + 7))
      }
      let shell = { (line: String) in try Command.shell(line, in: folder) }
      #expect(
        try shell("\"$KODAMA\" evaluate r x --json > x.json && \"$KODAMA\" evaluate r r --json > r.json").status == 0)
      let table = try expectSuccess(["evaluate", "--compare", "x.json", "r.json"], in: folder).text
      #expect(table.contains("6 pairs in common"), "\(table)")
      let lsd = try #require(table.split(separator: "\n").first { $0.hasPrefix("lsd") })
      #expect(lsd.hasSuffix("better"), "\(lsd)")
      let piped = try shell("\"$KODAMA\" evaluate --compare r.json - --csv < x.json")
      #expect(piped.text.contains("\nlsd,dB,0.0,") && piped.text.contains(",worse\n"), "\(piped.text)")
      let rows = try #require(
        try object(shell("\"$KODAMA\" evaluate --compare r.json x.json --json"))["rows"] as? [Any])
      #expect(rows.count > 10)
      try expectFailure(65, ["evaluate", "--compare", "r.json", "r/0.wav"], in: folder, mentions: ["r/0.wav"])
      try expectFailure(66, ["evaluate", "--compare", "r.json", "none.json"], in: folder, mentions: ["none.json"])
      try expectFailure(64, ["evaluate", "--compare", "r.json"], in: folder, mentions: ["Usage"])
    }
  }

  @Test func theWorstAreListed() throws {
    try withFolders { folder in
      let text = try expectSuccess(
        ["evaluate", "a", "b", "--metrics", "lsd,si-sdr", "--worst", "1", "--worst-by", "si-sdr"], in: folder
      ).text
      #expect(text.contains("worst by si-sdr:\n"), "\(text)")
      try expectFailure(64, ["evaluate", "a", "b", "--worst", "0"], in: folder, mentions: ["--worst"])
      try expectFailure(
        64, ["evaluate", "a", "b", "--worst", "1", "--worst-by", "sdr"], in: folder, mentions: ["si-sdr"])
    }
  }

  @Test func theSeedOfIntervalsIsAnOption() throws {
    try withTemporaryFolder { folder in
      for number in 0..<6 {
        try Fixture.writeSound(folder + "/a/\(number).wav", seconds: 0.1, seed: UInt64(number))
        try Fixture.writeSound(folder + "/b/\(number).wav", seconds: 0.1, seed: UInt64(3 * number + 1))
      }
      let run = { (seed: String) in
        try expectSuccess(["evaluate", "a", "b", "--metrics", "lsd", "--csv", "--quiet", "--seed", seed], in: folder)
          .text
      }
      let first = try run("3")
      #expect(try run("3") == first)
      let threads = ["evaluate", "a", "b", "--metrics", "lsd", "--csv", "--quiet", "--seed", "3", "--threads", "3"]
      #expect(try expectSuccess(threads, in: folder).text == first)
      #expect(try run("4") != first)
    }
  }
}
