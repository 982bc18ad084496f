import Testing

@testable import KodamaCore

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8), path: "x.json") }

  @Test func textAndValueAgree() throws {
    let json: JSON = [
      "name": "\"tab\t\\ line\n\u{1} é 木霊 🌳", "empty": [:], "list": [1, -2, 0.5, 1e-10], "yes": true, "no": false,
      "deep": ["a": ["b": []]],
    ]
    #expect(try parse(json.description) == json)
    #expect(try parse(json.indentedText) == json)
    #expect(json.description.hasPrefix(#"{"name":"\"tab\t\\ line\n\u0001 é 木霊 🌳","empty":{},"list":[1,-2,0.5,1e-10]"#))
  }

  @Test func indentedTextHasALineForEachMember() {
    let json: JSON = ["a": 1, "b": ["c": [1, 2]], "d": [:]]
    #expect(json.indentedText == "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [1, 2]\n  },\n  \"d\": {}\n}\n")
  }

  @Test func numbersKeepTheirDigits() throws {
    #expect(JSON(UInt64.max).unsigned == .max)
    #expect(try parse("18446744073709551615").unsigned == .max)
    #expect(try parse("9007199254740993").integer == 9_007_199_254_740_993)
    #expect(try parse("1e9").integer == 1_000_000_000)
    #expect(try parse("1e9").unsigned == 1_000_000_000 && parse("2.0").unsigned == 2)
    #expect(
      try parse("-1").unsigned == nil && parse("1.5").unsigned == nil && parse("18446744073709551616").unsigned == nil)
    #expect(try parse("1.5").integer == nil)
    #expect(try parse("1e30").integer == nil)
    #expect(try parse("1e999").double == nil)
    #expect(try parse("-0.25E+2").double == -25)
    #expect(JSON(0.1).description == "0.1" && JSON(3.0).description == "3")
  }

  @Test func escapesAreTheirCharacters() throws {
    #expect(try parse(#""\u0041\u00e9\u6728\ud83c\udf33\/\b\f""#).string == "Aé木🌳/\u{8}\u{c}")
  }

  @Test(arguments: [
    "", " ", "{", "[1,", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}", "[1] 2", "01", "-", "1.", ".5", "1e", "+1", "0x10", "1.2.3", "NaN", "Infinity", "nul",
    "tru", "'a'", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "// x",
    "[1]\u{0}", "\u{feff}{}",
  ])
  func malformedTextIsRefused(text: String) {
    #expect { try parse(text) } throws: {
      guard let fault = $0 as? JSONFault, fault.path == "x.json", fault.exitStatus == .badData else { return false }
      return (0...text.utf8.count).contains(fault.offset)
    }
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: JSONFault.self) { try JSON(parsing: [0x22, 0xff, 0x22], path: "x") }
    #expect(throws: JSONFault.self) { try JSON(parsing: [0x22, 0xc0, 0x80, 0x22], path: "x") }
  }

  @Test func depthAndNumberOfValuesAreBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try parse(nested(JSONParser.depthLimit)).array?.count == 1)
    #expect(throws: JSONFault.self) { try parse(nested(JSONParser.depthLimit + 1)) }
    #expect(throws: JSONFault.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    let many = "[" + String(repeating: "1,", count: JSONParser.valueLimit) + "1]"
    #expect { try parse(many) } throws: { "\($0)".contains("more than \(JSONParser.valueLimit) values") }
  }
}
