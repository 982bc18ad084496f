import TestSupport
import Testing

@testable import KodamaCheckpoints
import KodamaCore

@Suite struct ConfigurationFieldsTests {
  enum Color: String, CaseIterable { case red, green }

  struct Lamp: Sendable, Equatable {
    struct Timer: Sendable, Equatable {
      var seconds = 60.0
      var name: String?
    }
    struct Bulb: Sendable, Equatable {
      var watts = 0
      var color = Color.red
    }
    var brightness = 5
    var isOn = false
    var sizes: [Int] = []
    var timer: Timer?
    var bulbs: [Bulb] = []
    var height = 1.5
    var width = 0.0
  }

  private static let fields: ConfigurationFields<Lamp> = [
    .init("brightness", \.brightness, .integer(.from(1...10)), "How bright it is"),
    .init("is_on", \.isOn, .flag, "Whether it is on", .optional, isWritten: { $0.isOn }),
    .init("sizes", \.sizes, .integers(count: .from(0...2), each: .from(1...9)), "Sizes", .optional),
    .section(
      "timer", \.timer,
      [
        .init("seconds", \.seconds, .number(AllowedValues("positive", unit: " s") { $0 > 0 }), "When", .optional),
        .init("name", \.name, .text, "Its name"),
      ], base: Lamp.Timer(), "When it goes out"),
    .list(
      "bulbs", \.bulbs,
      [
        .init("watts", \.watts, .integer(), "Watts"),
        .init("color", \.color, .choice, "The color", .optional),
      ], base: Lamp.Bulb(), "The bulbs", .optional),
    .init("height", \.height, .number(), "Meters", .optional),
    .init("width", \.width, .number(), "Meters", .optional, fallback: { $0.width = $0.height }),
  ]

  private func read(_ text: String, isChange: Bool = false, into lamp: Lamp = Lamp()) throws -> Lamp {
    var lamp = lamp
    try Self.fields.read(JSON(parsing: Array(text.utf8), path: "lamp"), isChange: isChange, into: &lamp)
    return lamp
  }

  private func message(_ text: String) -> String {
    do {
      _ = try read(text)
      return "nothing was thrown"
    } catch let problem as SettingProblem {
      return problem.fault("lamp.json").description
    } catch { return "\(error)" }
  }

  @Test func whatIsWrittenIsRead() throws {
    let lamp = Lamp(
      brightness: 7, isOn: true, sizes: [1, 2], timer: .init(seconds: 0.5, name: "night"),
      bulbs: [.init(watts: 3, color: .green)], height: 0.25, width: 4)
    let json = Self.fields.json(of: lamp)
    #expect(try read(json.description) == lamp)
    #expect(
      json.description == #"{"brightness":7,"is_on":true,"sizes":[1,2],"timer":{"seconds":0.5,"name":"night"},"#
        + #""bulbs":[{"watts":3,"color":"green"}],"height":0.25,"width":4}"#)
    // Settings without effect are left out, unless a complete object is requested.
    #expect(Self.fields.json(of: Lamp())["is_on"] == nil && Self.fields.json(of: Lamp())["timer"] == nil)
    #expect(Self.fields.json(of: Lamp(), isComplete: true)["is_on"] == false)
  }

  @Test func whatIsLeftOutKeepsItsValueOrFollowsFromAnother() throws {
    let lamp = try read(#"{"brightness": 1, "height": 3}"#)
    #expect(lamp == Lamp(brightness: 1, height: 3, width: 3))
    #expect(try read(#"{"brightness": 1, "timer": null}"#).timer == nil)
    #expect(try read(#"{"brightness": 1, "timer": {}}"#).timer == Lamp.Timer())
  }

  @Test func aChangeSaysAsMuchAsItLikes() throws {
    var lamp = Lamp(brightness: 7, timer: .init(seconds: 5, name: "night"), width: 2)
    lamp = try read(#"{"timer": {"seconds": 9}}"#, isChange: true, into: lamp)
    #expect(lamp == Lamp(brightness: 7, timer: .init(seconds: 9, name: "night"), width: 2))
    #expect(try read(#"{"timer": null}"#, isChange: true, into: lamp).timer == nil)
    // Objects of a list are new.
    #expect(throws: SettingProblem.missingKey("bulbs[0].watts")) {
      try read(#"{"bulbs": [{"color": "red"}]}"#, isChange: true, into: lamp)
    }
  }

  @Test(arguments: [
    ("{}", "the key \"brightness\" is missing; add it"),
    (#"{"brigthness": 3}"#, "there is no key \"brigthness\"; did you mean \"brightness\"?"),
    (#"{"brightness": 1.5}"#, "brightness is 1.5; it must be a whole number"),
    (#"{"brightness": null}"#, "brightness is null; it must be a whole number"),
    (#"{"brightness": 1, "is_on": 1}"#, "is_on is 1; it must be true or false"),
    (#"{"brightness": 1, "sizes": [1, "2"]}"#, "sizes is [1,\"2\"]; it must be an array of whole numbers"),
    (#"{"brightness": 1, "timer": 7}"#, "timer is 7; it must be an object"),
    (#"{"brightness": 1, "timer": {"nam": 7}}"#, "there is no key \"timer.nam\"; did you mean \"timer.name\"?"),
    (#"{"brightness": 1, "timer": {"name": 7}}"#, "timer.name is 7; it must be text"),
    (#"{"brightness": 1, "bulbs": [{"watts": 1}, {}]}"#, "the key \"bulbs[1].watts\" is missing; add it"),
    (#"{"brightness": 1, "bulbs": [1]}"#, "bulbs is [1]; it must be an array of objects"),
    (
      #"{"brightness": 1, "bulbs": [{"watts": 1, "color": "blue"}]}"#,
      "bulbs[0].color is \"blue\"; it must be \"red\" or \"green\""
    ), (#"{"brightness": 1, "height": 1e999}"#, "height is 1e999; it must be a number of 64 bits"),
    ("[]", " is []; it must be an object"),
  ]) func aMistakeIsNamedWithItsWholeKey(text: String, expected: String) {
    #expect(message(text) == "lamp.json: " + expected)
  }

  @Test func valuesThatCannotBeAreNamedWithTheirRange() {
    func problem(_ change: (inout Lamp) -> Void) -> RangeProblem? {
      var lamp = Lamp()
      change(&lamp)
      return Self.fields.problem(of: lamp, under: "lamp.")
    }
    #expect(problem { _ in } == nil)
    #expect(
      problem { $0.brightness = 11 }
        == RangeProblem(field: "lamp.brightness", name: "brightness", value: "11", allowed: "from 1 to 10"))
    #expect(problem { $0.sizes = [1, 2, 3] }?.field == "the number of lamp.sizes")
    #expect(problem { $0.sizes = [1, 0] }?.field == "lamp.sizes[1]")
    #expect(
      problem { $0.timer = .init(seconds: .nan) }
        == RangeProblem(field: "lamp.timer.seconds", name: "seconds", value: "nan s", allowed: "positive"))
  }

  @Test func theSettingsAreListed() {
    let settings = Self.fields.settings(of: Lamp())
    #expect(
      settings.map(\.key) == [
        "brightness", "is_on", "sizes", "timer", "timer.seconds", "timer.name", "bulbs", "height", "width",
      ])
    #expect(
      settings[0]
        == ConfigurationSetting(
          key: "brightness", help: "How bright it is", value: 5, expected: "a whole number", allowed: "from 1 to 10"))
    #expect(settings[4].value == 60)
    #expect(Self.fields.paths.contains("bulbs.color") && Self.fields.paths.count == 11)
  }

  @Test func differencesAreTheFieldsWithBothValues() {
    let differences = Self.fields.differences(
      from: Lamp(), to: Lamp(brightness: 6, timer: .init(), height: 2, width: 0))
    #expect(differences.map(\.field.key) == ["brightness", "timer", "height"])
    #expect(
      differences.map(\.old) == ["5", "none", "1.5"] && differences.map(\.new) == ["6", #"{"seconds":60}"#, "2"])
  }

  @Test func aFileIsReadByFields() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.json"
      try write(#"{"format_version": 1, "lamp": {"brightness": 2, "timer": {"name": 1}}}"#.utf8, to: path)
      let file = try Configuration(path, version: 1, keys: ["lamp"])
      var lamp = Lamp()
      #expect(
        throws: CheckpointFault.wrongValue(path: path, key: "lamp.timer.name", value: "1", expected: "text")
      ) { try file.read("lamp", Self.fields, into: &lamp) }
    }
  }
}
