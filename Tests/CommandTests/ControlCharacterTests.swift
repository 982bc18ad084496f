import Foundation
import TestSupport
import Testing

/// Names and keys with control characters, and endless ones: a terminal shows them and obeys none, data stays as it is.
@Suite struct ControlCharacterTests {
  /// Turns text red, sets the title of a window, forges a line, and turns the direction of writing round.
  private static let name = "a\u{1B}[31m\u{9B}1m\nkodama: done\u{202E}"
  private static let shown = #"a\u{1B}[31m\u{9B}1m\nkodama: done\u{202E}"#

  private func expectNoControl(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let controls = text.unicodeScalars.filter {
      $0 != "\n" && ($0.properties.generalCategory == .control || $0 == "\u{202E}")
    }
    #expect(controls.isEmpty, "\(text.debugDescription)", sourceLocation: sourceLocation)
  }

  @Test func messagesShowThem() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + Self.name
      for arguments in [
        ["inspect", path], ["report", path], ["score", path, folder], ["evaluate", path, path],
        ["evaluate", folder, folder, "--metrics", Self.name], ["generate", folder, "-o", Self.name],
        ["spectrogram", path, "-o", folder + "/a.png"], ["corpus", "inspect", path], ["inspect", "--" + Self.name],
        ["evaluate", folder, folder, "--fail-if", Self.name], ["train", folder, "-o", path, "--set", Self.name],
      ] {
        let end = try Command.run(arguments)
        #expect((64...66).contains(end.status ?? 0), "\(arguments): \(end.errors)")
        expectNoControl(end.errors)
        #expect(!end.errors.contains("\nkodama: done"), "\(end.errors)")
      }
      try expectFailure(66, ["inspect", path], mentions: [Self.shown])
    }
  }

  @Test func tablesShowThemAndDataKeepsThem() throws {
    try withTemporaryFolder { folder in
      let names = [Self.name + ".wav", "b.wav"]
      for name in names {
        for side in ["r", "g"] { try write(bytes(Fixture.recording), to: folder + "/\(side)/" + name) }
      }
      let arguments = ["evaluate", "r", "g", "--metrics", "lsd"]
      let table = try expectSuccess(arguments + ["--worst", "2"], in: folder).text
      expectNoControl(table)
      #expect(table.contains(Self.shown + ".wav"), "\(table)")
      let csv = try expectSuccess(arguments + ["--csv"], in: folder).text
      #expect(csv.contains("\"\(Self.name).wav\""), "\(csv.debugDescription)")
      let json = try expectSuccess(arguments + ["--json"], in: folder)
      let pairs = try #require(
        (JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any])?["pairs"] as? [[String: Any]])
      #expect(pairs.contains { $0["reference"] as? String == names[0] })
      let report = try expectSuccess(["corpus", "inspect", "r"], in: folder).text
      expectNoControl(report)
      #expect(report.contains("Equal:") && report.contains(Self.shown), "\(report)")
    }
  }

  @Test func labelsOfAModelAreShownByInspect() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: FeatureModels.labelled, toPath: folder + "/m")
      let path = folder + "/m/config.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try #require(text.contains("\"anna\""))
      try write(text.replacing("\"anna\"", with: #""anna\u001b[31m""#).utf8, to: path)
      let shown = try expectSuccess(["inspect", folder + "/m"]).text
      expectNoControl(shown)
      #expect(shown.contains(#"speaker: anna\u{1B}[31m, ben"#), "\(shown)")
    }
  }

  @Test func aKeyOfAMegabyteIsCut() throws {
    try withTemporaryFolder { folder in
      try Fixture.copyModel(to: folder + "/m")
      let key = String(repeating: "k", count: 1 << 20)
      let path = folder + "/m/config.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try write(("{\"\(key)\": 1," + text.dropFirst()).utf8, to: path)
      let end = try Command.run(["inspect", folder + "/m"])
      try expectFailure(65, end, mentions: [path, "there is no key", "did you mean"])
      #expect(end.errors.utf8.count < 1000, "\(end.errors.utf8.count)")
      let long = try Command.run(["inspect", folder + "/" + String(repeating: "n", count: 100_000)])
      try expectFailure(66, long, mentions: [folder, "characters left out"])
      #expect(long.errors.utf8.count < 5000, "\(long.errors.utf8.count)")
    }
  }
}
