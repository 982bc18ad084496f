import Testing

@testable import KodamaCore

@Suite struct VisibleTextTests {
  @Test(arguments: [
    ("plain, 木 é 🎵", "plain, 木 é 🎵"), ("a\u{1B}[31mb", #"a\u{1B}[31mb"#), ("a\nb\tc\rd\r\ne", #"a\nb\tc\rd\r\ne"#),
    ("\0\u{7F}\u{9B}1m", #"\u{0}\u{7F}\u{9B}1m"#), ("\u{202E}gnp.exe\u{2066}", #"\u{202E}gnp.exe\u{2066}"#),
    ("a\u{2028}b", #"a\u{2028}b"#), ("न\u{200D}म", "न\u{200D}म"), ("", ""),
  ]) func controlCharactersAreSeenAndNotObeyed(text: String, expected: String) {
    #expect(text.visible().unicodeScalars.elementsEqual(expected.unicodeScalars), "\(text.visible())")
  }

  @Test func newlinesMayStay() {
    #expect("a\n\u{1B}b\n".visible(keepingNewlines: true) == "a\n" + #"\u{1B}b"# + "\n")
    #expect("a\r\nb".visible(keepingNewlines: true).unicodeScalars.elementsEqual((#"a\r"# + "\nb").unicodeScalars))
  }

  @Test func longTextKeepsItsBeginningAndItsEnd() {
    let text = "begin " + String(repeating: "é", count: 1_000_000) + " end"
    let excerpt = text.excerpt(90)
    #expect(excerpt.hasPrefix("begin é") && excerpt.hasSuffix("é end") && excerpt.count < 150, "\(excerpt)")
    #expect(excerpt.contains("(999920 characters left out)"), "\(excerpt)")
    #expect("short".excerpt(5) == "short" && String(repeating: "é", count: 60).excerpt(60).count == 60)
    // One letter with a million accents is cut as well.
    #expect(("a" + String(repeating: "\u{301}", count: 1_000_000)).excerpt(90).unicodeScalars.count < 150)
  }
}

@Suite struct PluralTests {
  @Test func wordsAgreeWithTheirCount() {
    #expect([0, 1, 2].map { Plural.text($0, "file") } == ["0 files", "1 file", "2 files"])
    #expect(Plural.text(1, "file has", "files have") == "1 file has")
    #expect(Plural.text(7, "file has", "files have") == "7 files have")
    #expect(Plural.word(1, "compares", "compare") == "compares")
    #expect([1, 1200].map { Plural.grouped($0, "step") } == ["1 step", "1,200 steps"])
  }
}

@Suite struct EditDistanceTests {
  @Test func changesAreCounted() {
    #expect(EditDistance.between("kitten", "sitting") == 3)
    #expect(EditDistance.between("", "abc") == 3 && EditDistance.between("abc", "") == 3)
    #expect(EditDistance.between("same", "same") == 0)
  }

  @Test func theNearestIsFound() {
    #expect(EditDistance.nearest(to: "mcd-dwt", of: ["lsd", "mcd-dtw", "mcd"]) == "mcd-dtw")
    #expect(EditDistance.nearest(to: "x", of: []) == nil)
  }
}
