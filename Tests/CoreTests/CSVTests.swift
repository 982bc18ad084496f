import Testing

@testable import KodamaCore

@Suite struct CSVTests {
  private func fields(_ bytes: some Sequence<UInt8>) throws -> [[String]] { try CSV.rows(Array(bytes)).map(\.fields) }

  private func problem(_ bytes: some Sequence<UInt8>) -> TextDecoding.Problem? {
    do {
      _ = try CSV.rows(Array(bytes))
      return nil
    } catch { return error }
  }

  /// A `Character` of Swift is a separator or a quotation mark together with the combining mark behind it.
  @Test func combiningMarksBehindSeparatorsChangeNothing() throws {
    #expect(try fields("path,label\na.wav,\u{301}x\n".utf8)[1] == ["a.wav", "\u{301}x"])
    #expect(try fields("a;\u{308}b\n\u{301}c;d".utf8) == [["a", "\u{308}b"], ["\u{301}c", "d"]])
    #expect(try fields("\"\u{301}a\",b".utf8) == [["\u{301}a", "b"]])
    #expect(try fields("\"a\"\"\u{301}\",b".utf8) == [["a\"\u{301}", "b"]])
  }

  @Test(arguments: [",", ";", "\t"]) func theFirstSeparatorOfTheFirstLineSeparates(separator: String) throws {
    let text = "path;,\ta".replacing(";,\t", with: separator) + "\nx,y;z\tw\(separator)1"
    let expected = [
      ["path", "a"],
      "x,y;z\tw\(separator)1".split(separator: separator, omittingEmptySubsequences: false).map(String.init),
    ]
    #expect(try fields(text.utf8) == expected)
  }

  @Test func separatorsInQuotationMarksDoNotCount() throws {
    #expect(try fields("\"a,b\";c\n1;\"2;3\"".utf8) == [["a,b", "c"], ["1", "2;3"]])
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func everyLineEndEndsARow(end: String) throws {
    let rows = try CSV.rows(Array("a, b \(end)\(end)\"c\(end)d\" , e\(end)f,g".utf8))
    #expect(rows.map(\.fields) == [["a", "b"], ["c\(end)d", "e"], ["f", "g"]])
    #expect(rows.map(\.line) == [1, 3, 5])
  }

  @Test(arguments: [true, false], [true, false]) func sixteenBitTextsAreRead(lowFirst: Bool, marked: Bool) throws {
    let text = (marked ? "\u{FEFF}" : "") + "path,label\na.wav,Ängström 木 🎵\n"
    let bytes = text.utf16.flatMap { unit in
      let pair = [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
      return lowFirst ? pair : pair.reversed()
    }
    #expect(try fields(bytes) == [["path", "label"], ["a.wav", "Ängström 木 🎵"]])
    #expect(problem(bytes.dropLast())?.line == 2)
  }

  @Test func otherEncodingsAreRefusedByLineAndByte() {
    let latin = problem(Array("path,label\na.wav,Andr".utf8) + [0xE9] + Array("\n".utf8))
    #expect(latin?.line == 2)
    #expect(latin?.problem.contains("byte 22 of the file, \\xE9") == true)
    #expect(problem(Array("path\0".utf8))?.problem.contains("byte 5") == true)
    #expect(problem(Array("\u{FEFF}a".utf8) + [0xFF])?.problem.contains("byte 5") == true)
  }

  @Test(arguments: [
    ("a,b\n,\n", 2), ("a,b\n\n \t, \nc,d", 3), ("a\n\"b\n", 2), ("a\n\"b\"c\n", 2), ("a,b\n\"\",\n", 2),
  ])
  func mistakesAreNamedByTheirLine(text: String, line: Int) { #expect(problem(text.utf8)?.line == line) }

  @Test func whatIsWrittenIsRead() throws {
    let rows = [
      ["kind", "name"], ["a,\u{301}b", "\"\u{301}"], [" x", "y\t"], ["1;2", "line\nfeed"], ["carriage\r", "\r\n"],
      ["", "é"],
    ]
    let text = CSV.text(rows)
    #expect(try fields(text.utf8) == rows)
    #expect(text.hasPrefix("kind,name\n\"a,\u{301}b\",\"\"\"\u{301}\"\n"))
  }
}
