import Testing

@testable import KodamaCommand

@Suite struct FormatTests {
  @Test func countsHaveCommasBetweenThousands() {
    #expect(
      [0, 7, 999, 1000, 12_345, 1_263_168, -1_000_000].map(Format.count) == [
        "0", "7", "999", "1,000", "12,345", "1,263,168", "-1,000,000",
      ])
  }

  @Test func decimalsAreRounded() {
    #expect(Format.decimal(4.3849) == "4.38")
    #expect(Format.decimal(0.05, 1) == "0.1")
    #expect(Format.decimal(12, 0) == "12")
  }

  @Test func timesHaveTheUnitThatFits() {
    let texts: [(Double, String)] = [
      (0, "0 s"), (0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h 0 min"),
      (12_000, "3 h 20 min"), (172_800, "2 d 0 h"), (1e6, "11 d 13 h"), (.infinity, "unknown"), (.nan, "unknown"),
      (1e300, "unknown"), (9.3e18, "unknown"),
    ]
    for (seconds, text) in texts { #expect(Format.duration(seconds) == text) }
  }

  @Test func tablesAreAligned() {
    let text = Format.table([["name", "n"], ["a", "1,000"], ["longer", "5"], ["alone"], ["end", ""]])
    #expect(text == "name        n\na       1,000\nlonger      5\nalone\nend")
    #expect(Format.table([]) == "")
  }

  @Test func jsonIsSortedAndKeepsSlashes() throws {
    #expect(try JSONText.of(["b": "x/y", "a": "z"]) == "{\n  \"a\" : \"z\",\n  \"b\" : \"x/y\"\n}")
  }
}

@Suite struct DurationTests {
  @Test func aNumberAndAUnitAreALengthOfTime() {
    let lengths: [(String, Duration)] = [
      ("90s", .seconds(90)), ("15m", .seconds(900)), ("2h", .seconds(7200)), ("1.5h", .seconds(5400)),
      ("1d", .seconds(86_400)), ("45 s", .seconds(45)), ("0s", .zero), ("0.25s", .milliseconds(250)),
      ("3min", .seconds(180)), ("90sec", .seconds(90)), ("2hours", .seconds(7200)), ("1 day", .seconds(86_400)),
      ("1h30m", .seconds(5400)), ("2H 30 Minutes", .seconds(9000)), ("10hrs", .seconds(36_000)), ("5 m", .seconds(300)),
    ]
    for (text, expected) in lengths { #expect(Duration(argument: text) == expected, "\(text)") }
  }

  @Test(arguments: [
    "", "s", "h", "5x", "-5s", "nan", "inf", "infd", "1e400", "1e9", "20000d", "m5", "2h30", "3", "0", "3months",
    "1..5s",
  ])
  func whatIsNoLengthOfTimeIsNone(text: String) { #expect(Duration(argument: text) == nil) }
}
