import KodamaCore
import TestSupport
import Testing

@testable import KodamaCheckpoints

@Suite struct ConfigurationTests {
  enum Colour: String, CaseIterable, Sendable { case red, green }

  /// A configuration of the given members beside its version.
  private func read(_ members: String, version: String = "1") throws -> Configuration {
    try withTemporaryFolder { folder in
      try write("{\"format_version\":\(version)\(members)}".utf8, to: folder + "/x.json")
      return try Configuration(
        folder + "/x.json", version: 2,
        keys: ["count", "seed", "scale", "name", "on", "colour", "sizes", "inner", "names", "sets"])
    }
  }

  private func message(_ body: () throws -> some Any) -> String {
    do {
      _ = try body()
      return "nothing was thrown"
    } catch {
      return "\(error)".split(separator: "x.json: ").last.map(String.init) ?? ""
    }
  }

  @Test func valuesAreReadByKind() throws {
    let file = try read(
      #","count":-3,"seed":18446744073709551615,"scale":0.5,"name":"é","on":false,"colour":"green","sizes":[1,2]"#)
    #expect(try file.integer("count") == -3 && file.value("seed", .unsigned) == .max && file.double("scale") == 0.5)
    #expect(
      try file.string("name") == "é" && file.value("on", .flag) == false && file.value("sizes", .integers()) == [1, 2])
    let colour: Colour = try file.choice("colour")
    #expect(colour == .green && file.has("name") && !file.has("inner"))
  }

  @Test func listsOfTextsAndObjectsAreReadAndTheirPlacesNamed() throws {
    let file = try read(#","names":["a","b"],"sets":[{"name":"x"},{"name":7}]"#)
    #expect(try file.value("names", .texts) == ["a", "b"])
    let sets = try file.sections("sets", keys: ["name"])
    #expect(try sets.count == 2 && sets[0].string("name") == "x")
    #expect(message { try sets[1].string("name") }.contains("sets[1].name"))
    #expect(message { try file.sections("sets", keys: ["nome"]) }.contains("sets[0].name"))
    #expect(message { try read(#","names":["a",1]"#).value("names", .texts) }.contains("an array of texts"))
    #expect(message { try read(#","sets":[1]"#).sections("sets", keys: []) }.contains("an array of objects"))
  }

  @Test func missingKeysHaveDefaultsOrAreNamed() throws {
    let file = try read("")
    #expect(try file.integer("count", default: 4) == 4)
    #expect(message { try file.integer("count") } == "the key \"count\" is missing; add it")
    #expect(message { try file.value("sizes", .integers()) } == "the key \"sizes\" is missing; add it")
  }

  @Test func wrongKindsAreNamedWithWhatTheyMustBe() throws {
    let file = try read(
      #","count":1.5,"seed":-1,"scale":"big","name":3,"on":1,"colour":"blue","sizes":[1,"2"],"inner":{"count":null}"#)
    #expect(message { try file.integer("count") } == "count is 1.5; it must be a whole number")
    #expect(
      message { try file.value("seed", .unsigned) }
        == "seed is -1; it must be a whole number from 0 to 18446744073709551615")
    #expect(message { try file.double("scale") } == "scale is \"big\"; it must be a number")
    #expect(message { try file.string("name") } == "name is 3; it must be text")
    #expect(message { try file.value("on", .flag) } == "on is 1; it must be true or false")
    #expect(
      message { try file.choice("colour") as Colour } == "colour is \"blue\"; it must be \"red\" or \"green\"")
    #expect(
      message { try file.value("sizes", .integers()) } == "sizes is [1,\"2\"]; it must be an array of whole numbers")
    #expect(
      message { try file.section("inner", keys: ["count"]).integer("count") }
        == "inner.count is null; it must be a whole number")
    #expect(message { try file.section("name", keys: []) } == "name is 3; it must be an object")
  }

  @Test func unknownKeysAreRefusedWithTheNearestKnownOne() throws {
    #expect(message { try read(#","sizse":[1]"#) } == "there is no key \"sizse\"; did you mean \"sizes\"?")
    let file = try read(#","inner":{"contu":1}"#)
    #expect(
      message { try file.section("inner", keys: ["count", "size"]) }
        == "there is no key \"inner.contu\"; did you mean \"inner.count\"?")
  }

  @Test func aFutureVersionIsRefusedBeforeItsKeysAreRead() throws {
    #expect(message { try read(#","unheard_of":1"#, version: "3") }.hasPrefix("format_version is 3, and this version"))
    #expect(message { try read("", version: "0") } == "format_version is 0; it must be 1 to 2")
    #expect(message { try read("", version: "\"1\"") } == "format_version is \"1\"; it must be a whole number")
  }

  @Test(arguments: ["", "[]", "null", "{", "<html>"]) func textThatIsNoObjectIsRefused(text: String) throws {
    try withTemporaryFolder { folder in
      try write(text.utf8, to: folder + "/x.json")
      #expect {
        try Configuration(folder + "/x.json", version: 1, keys: [])
      } throws: {
        ($0 as? JSONFault)?.exitStatus == .badData
      }
    }
  }
}
