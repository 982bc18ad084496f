import Foundation
import Kodama
import TestSupport
import Testing

/// Labels from training to generating, by the command.
@Suite struct LabelTests {
  /// A corpus of two speakers and two digits, and a run of two steps conditioned on them.
  private final class Conditioned {
    let folder: String
    var corpus: String { folder + "/corpus" }
    var run: String { folder + "/run" }

    static let pattern = ["--label-pattern", #"(?<digit>\d)_(?<speaker>[a-z]+)"#]

    init() throws {
      folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path
      for (number, name) in ["0_george", "1_george", "0_lucas", "1_lucas"].enumerated() {
        try Fixture.writeSound(corpus + "/\(name).wav", seconds: 0.3, seed: UInt64(number))
      }
      try expectSuccess(
        ["train", corpus, "-o", run, "--steps", "2", "--condition", "speaker,digit", "--validation", corpus]
          + Self.pattern + Fixture.training)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
  }

  @Test func trainingWritesTheLabelsAndInspectListsThem() throws {
    let model = try Conditioned()
    #expect(try names(in: model.run + "/samples") == ["step-2-george-0.wav"])
    try expectSuccess(["report", model.run])
    let page = try String(contentsOfFile: model.run + "/report.html", encoding: .utf8)
    #expect(page.contains("Step 2, george, 0") && page.components(separatedBy: "<audio").count == 2)
    let text = try expectSuccess(["inspect", model.run]).text
    #expect(text.contains("labels           speaker: george, lucas; digit: 0, 1\n"), "\(text)")
    let json = try JSONSerialization.jsonObject(with: Data(expectSuccess(["inspect", model.run, "--json"]).output))
    let labels = try #require((json as? [String: Any])?["labels"] as? [[String: Any]])
    #expect(labels.map { $0["name"] as? String } == ["speaker", "digit"])
    #expect(labels.map { $0["values"] as? [String] } == [["george", "lucas"], ["0", "1"]])
    #expect(try expectSuccess(["inspect", Fixture.model]).text.contains("labels           none\n"))
    let inspected = try expectSuccess(["corpus", "inspect", model.corpus] + Conditioned.pattern).text
    #expect(inspected.contains("speaker=george") && inspected.contains("digit=1"), "\(inspected)")
  }

  @Test func generatedFilesFollowTheirLabels() throws {
    let model = try Conditioned()
    func samples(_ labels: [String], _ names: [String]) throws -> [[UInt8]] {
      try withTemporaryFolder { folder in
        try expectSuccess(
          ["generate", model.run, "-o", folder + "/out.wav", "--samples", "200", "--quiet"]
            + labels.flatMap { ["--label", $0] })
        #expect(try TestSupport.names(in: folder) == names)
        return try names.map { try bytes(folder + "/" + $0) }
      }
    }
    let two = ["out-george.wav", "out-lucas.wav", "out.csv"]
    let george = try samples(["speaker=george", "digit=1"], ["out.wav"])
    let mixed = try samples(["speaker=george:0.5,lucas:0.5", "digit=1"], ["out.wav"])
    let weighted = try samples(["digit=1", "speaker=lucas:2,george:2"], ["out.wav"])
    let both = try samples(["speaker=george/lucas", "digit=1"], two)
    #expect(both[0] == george[0] && both[1] != george[0])
    let pairs = try samples(["speaker=george/lucas", "digit=1/0"], ["out-george-1.wav", "out-lucas-0.wav", "out.csv"])
    #expect(pairs[0] == george[0])
    let list = "path,speaker,digit\nout-george-1.wav,george,1\nout-lucas-0.wav,lucas,0\n"
    #expect(pairs[2] == Array(list.utf8))
    try withTemporaryFolder { folder in
      try write("kept".utf8, to: folder + "/out-lucas.wav")
      try expectFailure(
        73,
        [
          "generate", model.run, "-o", folder + "/out.wav", "--seconds", "86400", "--label", "speaker=george/lucas",
          "--label", "digit=1",
        ], mentions: [folder + "/out-lucas.wav", "--force"])
      #expect(try TestSupport.names(in: folder) == ["out-lucas.wav"])
      try FileManager.default.removeItem(atPath: folder + "/out-lucas.wav")
      try write("path".utf8, to: folder + "/out.csv")
      try expectFailure(
        73,
        [
          "generate", model.run, "-o", folder + "/out.wav", "--samples", "5", "--label", "speaker=george/lucas",
          "--label", "digit=1",
        ], mentions: [folder + "/out.csv", "--force"])
      #expect(try TestSupport.names(in: folder) == ["out.csv"])
    }
    let mixture = try samples(
      ["speaker=george/george:1,lucas:1", "digit=1"], ["out-george+lucas.wav", "out-george.wav", "out.csv"])
    #expect(
      mixture[2] == Array("path,speaker,digit\nout-george.wav,george,1\nout-george+lucas.wav,,1\n".utf8))
    _ = try samples(
      ["speaker=george/lucas/george", "digit=1"],
      ["out-george-1.wav", "out-george-3.wav", "out-lucas-2.wav", "out.csv"])
    #expect(mixed == weighted)
  }

  @Test func wrongLabelsAreUsageErrorsThatNameWhatThereIs() throws {
    let model = try Conditioned()
    try withTemporaryFolder { folder in
      func fail(_ model: String, _ labels: [String], _ mentions: [String]) throws {
        try expectFailure(
          64, ["generate", model, "-o", folder + "/a.wav", "--samples", "5"] + labels.flatMap { ["--label", $0] },
          mentions: mentions)
      }
      try fail(model.run, ["speaker=gorge", "digit=1"], ["gorge", "did you mean george", "george, lucas"])
      try fail(model.run, ["speeker=george", "digit=1"], ["speeker", "did you mean speaker", "speaker, digit"])
      try fail(model.run, ["speaker=george"], ["--label digit=… (0, 1)"])
      try fail(model.run, [], ["--label speaker=… (george, lucas)", "--label digit=… (0, 1)"])
      try fail(model.run, ["speaker=george:x", "digit=1"], ["no weight"])
      try fail(model.run, ["speaker=george", "speaker=lucas", "digit=1"], ["speaker is given twice"])
      try fail(model.run, ["speaker"], ["set=label"])
      try fail(Fixture.model, ["speaker=george"], ["not conditioned"])
      try expectFailure(
        64,
        [
          "generate", model.run, "-o", folder + "/a.wav", "--streams", "3", "--label", "speaker=george/lucas",
          "--label", "digit=1",
        ], mentions: ["2 labels for 3 outputs"])
      try expectFailure(
        64,
        ["generate", model.run, "-o", "-", "--label", "speaker=george/lucas", "--label", "digit=1"],
        mentions: ["standard output takes one stream, not 2"])
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func scoringTakesTheLabelsOfFilesAndShufflesThemOnRequest() throws {
    let model = try Conditioned()
    func score(_ options: [String]) throws -> String {
      try expectSuccess(["score", model.run, model.corpus, "--quiet", "--json"] + Conditioned.pattern + options).text
    }
    #expect(try score([]) == score([]))
    #expect(try score(["--shuffle-labels", "5"]) != score([]))
    #expect(try score(["--shuffle-labels", "5"]) == score(["--shuffle-labels", "5"]))
    try expectFailure(
      65, ["score", model.run, model.corpus], mentions: ["speaker", "0_george.wav", "--label-pattern"])
    try expectFailure(64, ["score", Fixture.model, Fixture.corpus, "--shuffle-labels", "5"], mentions: ["conditioned"])
  }

  @Test func filesWithoutLabelsStopTrainingAndAreNamed() throws {
    let model = try Conditioned()
    try withTemporaryFolder { folder in
      func fail(_ status: Int32, _ options: [String], _ mentions: [String]) throws {
        try expectFailure(
          status, ["train", model.corpus, "-o", folder + "/run", "--steps", "1"] + options + Fixture.training,
          mentions: mentions)
        #expect(!FileManager.default.fileExists(atPath: folder + "/run/checkpoints/step-0"))
      }
      try fail(65, ["--condition", "speaker"], ["files have no label \"speaker\"", "0_george.wav", "--labels"])
      try fail(65, ["--condition", "room"] + Conditioned.pattern, ["room", "digit, speaker"])
      try fail(64, ["--condition", "a", "--label-pattern", "("], ["(", "regular expression"])
      try fail(64, ["--condition", "a", "--label-pattern", "x"], ["x", "no group has a name"])
      try fail(64, ["--labels", "x.csv", "--label-pattern", "(?<a>x)"], ["--labels or --label-pattern"])
      try fail(64, ["--set", "condition=5"], ["condition", "a list of texts"])
      try fail(64, ["--add-label", "speaker=anna"], ["--add-label needs --from"])
      try fail(64, ["--from", model.run, "--freeze"], ["--freeze needs --add-label"])
      try fail(64, ["--from", model.run, "--preset", "tiny"], ["--preset"])
    }
  }

  @Test func aListOfLabelsConditionsToo() throws {
    let model = try Conditioned()
    try withTemporaryFolder { folder in
      let list = folder + "/labels.csv"
      try write("path,speaker,mood\n0_george.wav,george,calm\n1_lucas.wav,lucas,loud\n".utf8, to: list)
      try expectSuccess(
        [
          "train", model.corpus, "-o", folder + "/run", "--steps", "0", "--labels", list, "--set",
          #"condition=["mood"]"#, "--set", "conditioning.channels=5", "--validation-share", "0",
        ] + Fixture.training)
      let conditioning = try WaveNetModel.load(folder + "/run").configuration.conditioning
      #expect(conditioning == Conditioning(channels: 5, labels: [LabelSet("mood", ["calm", "loud"])]))
      // A name in another clip's row is missed by the file that has none.
      try write("path,mood\n0_george.wav,calm\n1_lucas.wav,\n".utf8, to: list)
      try expectFailure(
        65,
        ["train", model.corpus, "-o", folder + "/b", "--labels", list, "--condition", "mood"] + Fixture.training,
        mentions: ["1_lucas.wav", "mood"])
    }
  }

  @Test func aListSpeaksOfBothFolders() throws {
    let model = try Conditioned()
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/held/2_george.wav", seconds: 0.3, seed: 7)
      try Fixture.writeSound(folder + "/held/3_george.wav", seconds: 0.3, seed: 8)
      let list = folder + "/labels.csv"
      let arguments =
        [
          "train", model.corpus, "--validation", folder + "/held", "--labels", list, "--condition", "mood", "--steps",
          "0",
        ] + Fixture.training
      let rows = "path,mood\n0_george.wav,calm\n1_lucas.wav,loud\n2_george.wav,calm\n"
      try write(rows.utf8, to: list)
      try expectSuccess(arguments + ["-o", folder + "/run"])
      let index = try CorpusIndex.load(folder + "/run/corpus.json", folder: model.corpus)
      #expect(index.entries.map(\.path) == ["0_george.wav", "1_lucas.wav"])
      try write((rows + "4_george.wav,calm\n").utf8, to: list)
      try expectFailure(
        66, arguments + ["-o", folder + "/none"],
        mentions: ["4_george.wav", "labels.csv lists it", "nor in \(folder)/held"])
    }
  }

  @Test func aLabelIsAddedToATrainedModelAndTrainedAlone() throws {
    let model = try Conditioned()
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/new/0_anna.wav", seconds: 0.3, seed: 9)
      let arguments = [
        "train", folder + "/new", "-o", folder + "/adapted", "--from", model.run, "--steps", "2", "--crop", "200",
        "--batch", "2", "--threads", "1", "--quiet", "--set", "sample_seconds=0.01", "--validation", folder + "/new",
      ]
      try expectFailure(
        65, arguments + Conditioned.pattern, mentions: ["anna", "0_anna.wav", "--add-label speaker=anna"])
      try FileManager.default.removeItem(atPath: folder + "/adapted")
      try expectSuccess(arguments + Conditioned.pattern + ["--add-label", "speaker=anna", "--freeze"])
      let (before, after) = (try WaveNetModel.load(model.run), try WaveNetModel.load(folder + "/adapted"))
      #expect(after.configuration.conditioning.labels[0].values == ["george", "lucas", "anna"])
      for name in before.parameters.names where name != "labels.0.weight" {
        #expect(after.parameters[name] == before.parameters[name], "\(name)")
      }
      let rows = (before.parameters["labels.0.weight"].elements, after.parameters["labels.0.weight"].elements)
      #expect(Array(rows.1.prefix(rows.0.count)) == rows.0)
      try expectSuccess([
        "generate", folder + "/adapted", "-o", folder + "/a.wav", "--samples", "20", "--label", "speaker=anna",
        "--label", "digit=0", "--quiet",
      ])
      try expectSuccess(
        [
          "compress", "quantize", folder + "/adapted", "-o", folder + "/small", "--calibrate", folder + "/new",
          "--quiet",
        ]
          + Conditioned.pattern)
      try expectSuccess([
        "generate", folder + "/small", "-o", folder + "/b.wav", "--samples", "20", "--label",
        "speaker=anna:1,lucas:1", "--label", "digit=0", "--quiet",
      ])
      try expectSuccess(["export", folder + "/adapted", "-o", folder + "/onnx"])
    }
  }
}
