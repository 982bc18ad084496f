import ArgumentParser
import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// The help of every command, compared whole. With KODAMA_WRITE_HELP=1 the texts are written anew.
@Suite struct HelpTests {
  private static let commands = [
    [], ["corpus"], ["corpus", "inspect"], ["corpus", "make"], ["features"], ["train"], ["tune"], ["capture"],
    ["generate"], ["process"],
    ["score"],
    ["identify"], ["classify"], ["classify", "train"], ["classify", "run"], ["classify", "test"], ["evaluate"],
    ["spectrogram"], ["report"], ["inspect"], ["compress"], ["compress", "quantize"], ["compress", "prune"],
    ["compress", "train"], ["compress", "search"], ["export"],
    ["import"], ["bench"],
    ["bench", "train"],
    ["bench", "generate"], ["bench", "process"], ["bench", "convolutions"], ["bench", "classify"],
    ["bench", "evaluate"],
  ]

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Help")

  private func help(_ command: [String]) throws -> String { try expectSuccess(command + ["--help"]).text }

  @Test(arguments: commands) func theHelpIsAsItWas(command: [String]) throws {
    let text = try help(command)
    let file = Self.folder.appendingPathComponent((["kodama"] + command).joined(separator: "-") + ".txt")
    if ProcessInfo.processInfo.environment["KODAMA_WRITE_HELP"] != nil {
      try write(text.utf8, to: file.path)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "KODAMA_WRITE_HELP=1 writes the texts anew")
  }

  @Test func everyCommandHasATextAndEveryTextACommand() throws {
    func names(_ command: any ParsableCommand.Type, _ path: [String]) -> [String] {
      [path.joined(separator: "-") + ".txt"]
        + command.configuration.subcommands.flatMap { names($0, path + [$0._commandName]) }
    }
    #expect(try TestSupport.names(in: Self.folder.path) == names(KodamaCommand.self, ["kodama"]).sorted())
  }

  /// What an option's lines say, the lines joined: `--steps <n>  Steps in all. (default: 10,000)`.
  private func entries(_ text: String) -> [(name: String, description: String)] {
    var entries: [(name: String, description: String)] = []
    var isList = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if !line.hasPrefix(" ") {
        isList = line.hasSuffix(":") && line.uppercased() == line && line != "SUBCOMMANDS:"
      } else if isList && line.hasPrefix("  ") && !line.hasPrefix("   ") {
        let parts = line.dropFirst(2).components(separatedBy: "  ").filter { !$0.isEmpty }
        let wide = parts.count == 1 && line.count > 26 ? line.dropFirst(26) : ""
        entries.append((parts[0], parts.count > 1 ? parts[1...].joined(separator: " ") : String(wide)))
      } else if isList, !entries.isEmpty {
        entries[entries.count - 1].description += " " + line.trimmingCharacters(in: .whitespaces)
      }
    }
    return entries
  }

  private static let groups = [[], ["corpus"], ["classify"], ["compress"], ["bench"]]

  @Test(arguments: commands.filter { !groups.contains($0) })
  func everyOptionSaysWhatItIsAndItsDefault(command: [String]) throws {
    let entries = entries(try help(command))
    #expect(entries.count >= 4)
    // Arguments must be given; a few options have no default, because leaving them out is one.
    let withoutDefault = ["--output", "--config", "--set", "--labels", "--samples", "--for"]
    for (name, description) in entries {
      #expect(description.trimmingCharacters(in: .whitespaces).count >= 10, "\(command) \(name)")
      let takesValue = name.contains(" <")
      let isExempt = withoutDefault.contains { name.contains($0 + " ") }
      if takesValue && !isExempt { #expect(description.contains("default"), "\(command) \(name): \(description)") }
    }
  }

  @Test func lengthsOfTimeAndLevelsSayTheirUnit() throws {
    let units = [
      ["generate"]: ["--seconds": "seconds", "--samples": "samples"],
      ["train"]: ["--sample-rate": "Hz", "--trim-silence": "<dB>"],
      ["spectrogram"]: ["--width": "pixels", "--height": "pixels", "--range": "dB"],
      ["corpus", "make"]: ["--minutes": "Minutes"],
      ["features"]: ["--rate": "Hz", "--hop": "<samples>", "--low": "Hz", "--high": "Hz"],
      ["compress", "quantize"]: ["--seconds": "Seconds"],
      ["compress", "search"]: ["--seconds": "Seconds", "--target": "/s", "--size": "KB"],
    ]
    for (command, options) in units {
      let entries = entries(try help(command))
      for (option, unit) in options {
        let entry = try #require(entries.first { $0.name.hasPrefix(option + " ") }, "\(command) \(option)")
        #expect((entry.name + entry.description).contains(unit), "\(command) \(option)")
      }
    }
  }

  @Test func theVersionIsSaid() throws {
    #expect(try expectSuccess(["--version"]).text == Kodama.Version.description + "\n")
  }

  @Test(arguments: [["sing"], ["generate"], ["train", "--loud"], ["corpus", "sing"]])
  func aWrongLineOfCommandsIsAUsageError(arguments: [String]) throws {
    try expectFailure(64, arguments, mentions: ["Usage: kodama"])
  }

  @Test(arguments: [
    (["trian", "corpus"], "there is no command 'trian'; did you mean train?"), (["Generate"], "did you mean generate?"),
    (["evalaute", "a", "b"], "did you mean evaluate?"), (["corpus", "inspct"], "did you mean inspect?"),
    (["sing"], "there is no command 'sing'; there are corpus, features, train"),
  ]) func anUnknownCommandIsAnsweredWithTheNearest(arguments: [String], message: String) throws {
    try expectFailure(64, arguments, mentions: [message, "Usage: kodama", "See 'kodama --help'"])
  }

  @Test(arguments: [
    ("3", "--for 3 has no unit; say 3s, 3m, 3h or 3d"), ("3 parsecs", "--for 3 parsecs is not a length of time"),
    ("-1h", "--for -1h is not a length of time"),
  ]) func aTimeWithoutAUnitIsRefusedWithAdvice(time: String, message: String) throws {
    try expectFailure(64, ["train", Fixture.corpus, "-o", "/none/run", "--for", time], mentions: [message])
  }

  @Test func noArgumentsShowTheHelp() throws {
    let (without, with) = (try expectSuccess([]).text, try help([]))
    #expect(without == with)
  }
}
