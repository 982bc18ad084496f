import Testing

@testable import KodamaCore

@Suite struct PluralTests {
  @Test func wordsAgreeWithTheirCount() {
    #expect([0, 1, 2].map { Plural.text($0, "file") } == ["0 files", "1 file", "2 files"])
    #expect(Plural.text(1, "file has", "files have") == "1 file has")
    #expect(Plural.text(7, "file has", "files have") == "7 files have")
    #expect(Plural.word(1, "compares", "compare") == "compares")
  }
}
