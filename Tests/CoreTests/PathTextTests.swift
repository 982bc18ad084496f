import Testing

@testable import KodamaCore

@Suite struct PathTextTests {
  @Test func pathsAreTakenApartAtTheByte() {
    #expect(PathText.parts("a/\u{301}b//c.wav") == ["a", "\u{301}b", "", "c.wav"])
    #expect(PathText.folder("a/\u{301}b/c") == "a/\u{301}b")
    #expect(PathText.folder("a") == nil)
    #expect(PathText.folder("/a") == "")
    #expect(PathText.name("a/\u{301}b") == "\u{301}b")
    #expect(PathText.isAbsolute("/\u{301}a"))
  }

  @Test func theExtensionIsThatOfTheName() {
    #expect(PathText.stem("a.b/c") == "a.b/c")
    #expect(PathText.stem("a/b.tar.gz") == "a/b.tar")
    #expect(PathText.fileExtension("a/b.tar.gz") == ".gz")
    #expect(PathText.stem("a/.hidden") == "a/.hidden")
    #expect(PathText.stem("a/x.\u{301}wav") == "a/x")
  }

  @Test(arguments: ["..", "../\u{301}x", "a/../b", "/a", "a//b", "", "a/.", "a\0"])
  func pathsThatLeadOutAreKnown(path: String) { #expect(!PathText.isInside(path)) }

  @Test func pathsThatStayAreKnown() { for path in ["a", "a/..b", "a/\u{301}.."] { #expect(PathText.isInside(path)) } }

  @Test func namesAreComparedByBytes() {
    let (one, two) = (PathBytes("\u{E9}.wav"), PathBytes("e\u{301}.wav"))
    #expect(one.path == two.path)
    #expect(one != two && Set([one, two]).count == 2 && (two < one))
  }

  @Test func pathsBecomeWordsOfAShell() {
    let words = [
      "a/b-1.m4a": "a/b-1.m4a", "été.wav": "été.wav", "my take.wav": "'my take.wav'", "it's": #"'it'\''s'"#, "": "''",
      "-x.wav": "./-x.wav", "$(rm).wav": "'$(rm).wav'", "a\nb": "'a\nb'", "~": "'~'",
    ]
    for (path, word) in words { #expect(PathText.shellWord(path) == word) }
  }

  @Test func bytesThatAreNotUTF8AreMadeVisible() {
    let name: [CChar] = [0x61, CChar(bitPattern: 0xE9), CChar(bitPattern: 0xC3), CChar(bitPattern: 0xA9), 0x62, 0]
    #expect(TextDecoding.name(name) == ("a\\xE9éb", false))
    #expect(TextDecoding.name([0x61, 0]) == ("a", true))
  }
}
