import KodamaCoding
import Foundation
import Testing

@testable import KodamaCore

@Suite struct JSONCodingTests {
  enum Color: String, Codable { case red, green }

  struct Inner: Codable, Equatable {
    var list = [1, 2]
    var byName = ["b": 1.5, "a": -2]
    var nothing: Int?
    var nulls: [String: Double?] = ["x": nil, "y": 1]
  }

  struct Outer: Codable, Equatable {
    var text = "\"a/b\\\n\u{8}\u{c}\u{1} é 木霊 🌳"
    var color = Color.green
    var small: Int8 = -128
    var large = UInt64.max
    var number = 1e-5
    var whole = 3.0
    var single: Float = 0.1
    var yes = true
    var inner = Inner()
    var list = [Inner(), Inner()]
    var empty: [Inner] = []
    var none: [String: Int] = [:]
    var optional: Inner? = Inner()
    var pair = [[1], []]
  }

  /// What Foundation makes of a value, which commands printed before.
  private func foundation(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  @Test func theTextIsThatOfFoundation() throws {
    let json = try JSON(encoding: Outer())
    #expect(
      try json.sortedText == foundation(Outer(), [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]))
    #expect(try json.sorted.description == foundation(Outer(), [.sortedKeys, .withoutEscapingSlashes]))
    for number in [0, -0.0, 1, 0.1, 1e15, 1e16, 123_456_789_012_345_680, 1e22, 1.7976931348623157e308, 2.5e-7] {
      #expect(try JSON(encoding: number).description == foundation(number, []))
    }
  }

  @Test func valuesComeBack() throws {
    let json = try JSON(encoding: Outer())
    #expect(try json.decoded() == Outer())
    #expect(try JSON(parsing: Array(json.sortedText.utf8), path: "x").decoded() == Outer())
    // In both directions with Foundation.
    #expect(try JSONDecoder().decode(Outer.self, from: Data(json.description.utf8)) == Outer())
    #expect(try JSON(parsing: [UInt8](JSONEncoder().encode(Outer())), path: "x").decoded() == Outer())
    #expect(try JSON.number("2.0").decoded(as: Int.self) == 2)
  }

  @Test func jsonWithinValuesStaysAsItIs() throws {
    let json: JSON = ["b": [1, 0.5, .null, "x", true], "a": ["c": .number("18446744073709551615")]]
    #expect(try JSON(encoding: ["key": json]) == ["key": json])
    #expect(try JSON(parsing: [UInt8](JSONEncoder().encode(json)), path: "x").sorted == json.sorted)
  }

  /// Two containers of one encoder are one object.
  private struct Joined: Encodable {
    enum Keys: CodingKey { case a, b }
    func encode(to encoder: any Encoder) throws {
      try ["x": 1].encode(to: encoder)
      var keyed = encoder.container(keyedBy: Keys.self)
      try keyed.encode(2, forKey: .a)
      var list = keyed.nestedUnkeyedContainer(forKey: .b)
      try list.encode(3)
      var inner = list.nestedContainer(keyedBy: Keys.self)
      try inner.encodeNil(forKey: .a)
    }
  }

  @Test func containersOfOneValueAreOne() throws {
    #expect(try JSON(encoding: Joined()) == ["x": 1, "a": 2, "b": [3, ["a": .null]]])
  }

  @Test func numbersThatAreNotFiniteAreRefused() {
    for number in [Double.nan, .infinity] {
      #expect(throws: EncodingError.self) { try JSON(encoding: ["a": number]) }
    }
    #expect(throws: EncodingError.self) { try JSON(encoding: Float.infinity) }
  }

  @Test(arguments: [
    (#"{"list": 7}"#, "list"), (#"{"list": [1, "2"]}"#, "list.1"), (#"{"list": [1, 2.5]}"#, "list.1"),
    (#"{"list": [1, null]}"#, "list.1"), (#"{"list": [1], "byName": {"a": true}}"#, "byName.a"),
    (#"{"list": [1], "byName": {"a": 1e999}}"#, "byName.a"), ("{}", ""), ("[]", ""), ("7", ""), ("null", ""),
  ]) func theCodingPathLeadsToWhatIsWrong(text: String, path: String) throws {
    let json = try JSON(parsing: Array(text.utf8), path: "x")
    do {
      _ = try json.decoded(as: Inner.self)
      Issue.record("nothing was thrown")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.keyNotFound(_, let context)
    {
      #expect(context.codingPath.map(\.stringValue).joined(separator: ".") == path)
    }
  }

  @Test func integersBeyondTheirTypeAreRefused() {
    #expect(throws: DecodingError.self) { try JSON(300).decoded(as: Int8.self) }
    #expect(throws: DecodingError.self) { try JSON(-1).decoded(as: UInt.self) }
    #expect(throws: DecodingError.self) { try JSON.number("18446744073709551616").decoded(as: UInt64.self) }
  }
}
