import KodamaCheckpoints
import KodamaCore
import Testing

@testable import FuzzTargets

/// Changes of texts: what is found in them, and that changed JSON reaches what is behind the parser.
@Suite struct TextMutatorTests {
  private func parts(_ ranges: [Range<Int>], of text: String) -> [String] {
    let bytes = Array(text.utf8)
    return ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test func numbersAndWordsOfJSONAreFound() {
    let text = #"{"a1": [-2.5e3,0, true], "b": null, "c_2": 7}"#
    #expect(parts(TextMutator.numbers(in: Array(text.utf8)), of: text) == ["-2.5e3", "0", "true", "null", "7"])
    #expect(TextMutator.numbers(in: Array("e + nullable 1x".utf8)).isEmpty)
  }

  @Test func membersAreFoundWithWhatPartsThem() {
    let text = #"{"a":[1,"x, \" y"],"b":2}"#
    let fields = TextMutator.fields(in: Array(text.utf8))
    #expect(
      parts(fields.map(\.range), of: text) == ["1", #""x, \" y""#, #""a":[1,"x, \" y"]"#, #""b":2"#, text])
    #expect(
      parts(fields.map(\.rangeWithSeparator), of: text)
        == ["1,", #","x, \" y""#, #""a":[1,"x, \" y"],"#, #","b":2"#, text])
  }

  @Test func fieldsAndLinesOfTablesAreFound() {
    let text = "path;n\na;\"1;2\"\n\nb"
    let bytes = Array(text.utf8)
    let fields = TextMutator.fields(in: bytes)
    #expect(parts(fields.map(\.range), of: text) == ["path", "n", "a", "\"1;2\"", "b"])
    #expect(fields.map(\.separator) == Array(";\n;\n\n".utf8))
    #expect(parts(TextMutator.lines(in: bytes), of: text) == ["path;n\n", "a;\"1;2\"\n", "\n", "b"])
  }

  @Test func textsWithoutPartsStayAsTheyAre() {
    var random = Philox(seed: 1)
    for _ in 0..<50 { #expect(TextMutator.changed([], &random) == []) }
  }

  @Test func everyNumberMeetsEveryExtremeInTextThatIsStillRead() throws {
    let text = #"{"rate": 16000, "entries": [{"frames": 400}, {"frames": 500}]}"#
    var random = Philox(seed: 1)
    var (read, rates, counts) = (0, Set<String>(), Set<Int>())
    let rounds = 4000
    for _ in 0..<rounds {
      let changed = TextMutator.changed(Array(text.utf8), &random)
      guard let value = try? JSON(parsing: changed, path: "changed.json") else { continue }
      read += 1
      if let rate = value["rate"] { rates.insert(rate.indentedText.filter { !$0.isWhitespace }) }
      if case .array(let entries)? = value["entries"] { counts.insert(entries.count) }
    }
    #expect(read > rounds / 3, "\(read) of \(rounds)")
    let extremes = ["281474976710656", "4611686018427387904", "-9223372036854775808", "1.7e308", "5e-324", "-1e20"]
    #expect(rates.isSuperset(of: extremes), "\(rates)")
    #expect(counts.isSuperset(of: [1, 2, 3]), "\(counts)")
  }
}
