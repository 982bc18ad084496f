import Foundation
import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaAudio

@Suite struct CorpusLabelsTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    for name in ["x/1.wav", "x/2, loud.wav", "3.wav"] {
      try AudioWriter.write(Waveform(Samples.noise(200), sampleRate: 16_000), to: scratch(name), existing: .refuse)
    }
  }

  private func scan(_ csv: String) throws -> CorpusIndex {
    let path = try scratch.write(Array(csv.utf8), to: "labels.csv")
    return try CorpusIndex.scan(scratch.path, labels: .csv(path: path))
  }

  @Test func aListGivesLabelsAndChoosesFiles() throws {
    let index = try scan("\u{FEFF}path,label, speaker\r\n\"x/2, loud.wav\",\"say \"\"hi\"\"\",ann\r\n\n3.wav,b,bob")
    #expect(index.entries.map(\.path) == ["3.wav", "x/2, loud.wav"])
    #expect(index.entries[0].labels == ["label": "b", "speaker": "bob"])
    #expect(index.entries[1].labels == ["label": "say \"hi\"", "speaker": "ann"])
  }

  @Test(arguments: ["../1.wav", "/etc/passwd", "x/../../1.wav", "x//1.wav", "/./3.wav"])
  func pathsThatLeadOutAreRefused(path: String) {
    #expect { try scan("path,label\n\(path),a") } throws: {
      guard case AudioFault.escapingPath(_, let named) = $0 else { return false }
      return named == path.replacing("/./", with: "/") && ($0 as? AudioFault)?.exitStatus == .badData
    }
  }

  @Test(arguments: [
    ("file,label\n3.wav,a", 1), ("path,label\n3.wav", 2), ("path,label\n3.wav,a\n3.wav,b", 3),
    ("path,label\n\n\"3.wav,a", 3), ("", 1),
  ])
  func mistakesAreNamedByTheirLine(csv: String, line: Int) {
    #expect { try scan(csv) } throws: {
      guard case AudioFault.badLabels(_, let named, _) = $0 else { return false }
      return named == line
    }
  }

  @Test func pointsInPathsAreDropped() throws {
    #expect(try scan("path,label\n./x/./1.wav,a").entries.map(\.path) == ["x/1.wav"])
  }

  @Test func faultsOfFilesThatAreNotListedDoNotCount() throws {
    try FileManager.default.createSymbolicLink(atPath: scratch("gone.wav"), withDestinationPath: "nowhere.wav")
    let path = try scratch.write(Array("path,label\n3.wav,a".utf8), to: "labels.csv")
    let index = try CorpusIndex.scan(scratch.path, labels: .csv(path: path), strict: true)
    #expect(index.failures.isEmpty)
  }

  @Test func aListedFileThatIsMissingIsNamed() {
    #expect { try scan("path,label\nnone.wav,a") } throws: { "\($0)".contains("none.wav") }
  }

  @Test func namedGroupsOfAPatternGiveLabelsBesideTheFolders() throws {
    let pattern = try LabelPattern(#"(?<take>\d+)(?:, (?<manner>\w+))?\."#)
    let index = try CorpusIndex.scan(scratch.path, labels: .pattern(pattern))
    #expect(index.entries.map(\.path) == ["3.wav", "x/1.wav", "x/2, loud.wav"])
    #expect(
      index.entries.map(\.labels) == [
        ["take": "3"], ["label": "x", "take": "1"], ["label": "x", "take": "2", "manner": "loud"],
      ])
  }

  @Test func aPatternWithAStrokeIsLookedForInTheWholePath() throws {
    func labels(_ text: String) throws -> [[String: String]] {
      try CorpusIndex.scan(scratch.path, labels: .pattern(LabelPattern(text))).entries.map(\.labels)
    }
    #expect(
      try labels("^(?<room>[^/]+)/(?P<take>.)") == [
        [:], ["label": "x", "room": "x", "take": "1"], ["label": "x", "room": "x", "take": "2"],
      ])
    // Without one a folder's name is out of its sight, and a group may be called as the folders' label.
    #expect(try labels("(?<label>x|3)") == [["label": "3"], ["label": "x"], ["label": "x"]])
  }

  @Test(arguments: ["(?<speaker>", "*", #"(\d)_"#, #"\(?<speaker>"#, "(?<=a)b", ""])
  func patternsThatGiveNoLabelsAreRefused(text: String) {
    #expect { try LabelPattern(text) } throws: {
      guard case AudioFault.badPattern(let named, _) = $0 else { return false }
      return named == text && ($0 as? AudioFault)?.exitStatus == .usage
    }
  }
}
