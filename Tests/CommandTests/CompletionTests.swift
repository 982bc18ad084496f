import ArgumentParser
import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// What shells are offered. `scripts/check-completions` types lines in the shells themselves.
@Suite struct CompletionTests {
  /// What `kodama` offers for the last of some words.
  private func offers(
    _ words: [String], as argument: String, of command: [String], shell: String = "bash"
  ) throws -> [String] {
    let arguments =
      ["---completion"] + command + ["--", argument, "\(words.count)", "\(words.last?.count ?? 0)", "kodama"] + words
    let end = try Child(Command.executable, arguments, environment: ["SAP_SHELL": shell]).end()
    #expect(end.status == 0 && end.errors.isEmpty, "\(end.errors)")
    return end.text.split(separator: "\n").map(String.init)
  }

  private func labels(_ word: String, shell: String = "bash") throws -> [String] {
    try offers(
      ["generate", FeatureModels.labelled, "--label", word], as: "--label", of: ["generate"], shell: shell)
  }

  @Test func labelsAreThoseOfTheModelOnTheLine() throws {
    #expect(try labels("") == ["speaker="])
    #expect(try labels("speaker=") == ["speaker=anna", "speaker=ben"])
    #expect(try labels("speaker=anna,b") == ["speaker=anna,anna", "speaker=anna,ben"])
    #expect(try labels("'speaker=anna/") == ["speaker=anna/anna", "speaker=anna/ben"])
    #expect(try labels("--label=speaker=") == ["speaker=anna", "speaker=ben"])
    #expect(try labels("room=").isEmpty)
    #expect(try labels("", shell: "zsh") == ["speaker=:anna, ben", " "])
    #expect(try labels("", shell: "fish") == ["speaker=\tanna, ben"])
    #expect(try offers(["generate", Fixture.model, "--label", ""], as: "--label", of: ["generate"]).isEmpty)
    #expect(try offers(["generate", "/none", "--label", ""], as: "--label", of: ["generate"]).isEmpty)
    let added = ["train", "c", "--from", FeatureModels.labelled, "--add-label", ""]
    #expect(try offers(added, as: "--add-label", of: ["train"]) == ["speaker="])
  }

  @Test func metricsAreThoseThatTheListLacks() throws {
    func metrics(_ word: String) throws -> [String] {
      try offers(["evaluate", "a", "b", "--metrics", word], as: "--metrics", of: ["evaluate"])
    }
    #expect(try metrics("") == Metric.all.map(\.name))
    let second = try metrics("lsd,")
    #expect(second.contains("lsd,mcd-dtw") && !second.contains("lsd,lsd") && second.count == Metric.all.count - 1)
  }

  @Test func settingsAreKeysThenValues() throws {
    func settings(_ word: String) throws -> [String] {
      try offers(["train", "c", "--preset", "tiny", "--set", word], as: "--set", of: ["train"])
    }
    let keys = SettingsDocument(TrainingSettings(.tiny)).list.map { $0.key + "=" }
    #expect(keys.count > 40)
    #expect(try settings("") == keys)
    // Every key is one that --set takes.
    #expect(try settings("batch").contains("batch_size="))
    #expect(try settings("plan.schedule=").contains("plan.schedule=cosine"))
    let size = TrainingSettings(.tiny).plan.batchSize
    #expect(try settings("plan.batch_size=") == ["plan.batch_size=\(size)"])
    #expect(try settings("none=").isEmpty)
  }

  @Test func labelSetsAreThoseOfTheOptionsForLabels() throws {
    try withTemporaryFolder { folder in
      try write("path,speaker,mood\na.wav,anna,calm\n".utf8, to: folder + "/list.csv")
      func sets(_ options: [String], _ word: String = "") throws -> [String] {
        try offers(["train", "c"] + options + ["--condition", word], as: "--condition", of: ["train"])
      }
      #expect(try sets([]) == ["label"])
      #expect(try sets(["--labels", folder + "/list.csv"]) == ["speaker", "mood"])
      #expect(try sets(["--labels=" + folder + "/list.csv"], "mood,") == ["mood,speaker"])
      #expect(try sets(["--labels", folder + "/none.csv"]).isEmpty)
      #expect(try sets(["--label-pattern", #"'(?<digit>\d)_(?<speaker>\w+)'"#]) == ["digit", "speaker", "label"])
    }
  }

  @Test func foldersStandBesideWords() throws {
    try withTemporaryFolder { folder in
      for name in ["mine", "my other", ".hidden"] { try Folder.create(folder + "/" + name) }
      try write("a file".utf8, to: folder + "/my file")
      let words = ["train", "c", "--features", folder + "/m"]
      #expect(
        try offers(words, as: "--features", of: ["train"]) == ["mel", folder + "/mine/", folder + "/my other/"])
    }
  }

  /// Names from files cannot end a line, or stand for more than themselves.
  @Test func labelsWithStrangeCharactersAreOneCandidateEach() throws {
    try withTemporaryFolder { folder in
      let model = try WaveNetModel.load(Fixture.model)
      var configuration = model.configuration
      configuration.conditioning.labels = [LabelSet("s", ["a\tb", "c:d", "e\\f"])]
      let parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
      try WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters).save(to: folder + "/m")
      let words = ["generate", folder + "/m", "--label", "s="]
      #expect(try offers(words, as: "--label", of: ["generate"]) == [#"s=a\tb"#, "s=c:d", #"s=e\f"#])
      #expect(
        try offers(words, as: "--label", of: ["generate"], shell: "zsh") == [#"s=a\\tb"#, #"s=c\:d"#, #"s=e\\f"#, " "])
    }
  }

  // ArgumentParser keeps the shell that it writes for in a global.
  @Test(.serialized, arguments: ["bash", "zsh", "fish"]) func scriptsAreWholeAndReplaceWhatTheyLack(shell: String)
    throws
  {
    let text = try expectSuccess(["--generate-completion-script", shell]).text
    let same = try expectSuccess(["--generate-completion-script=" + shell]).text
    #expect(text == same)
    let kind = try #require(CompletionShell(rawValue: shell))
    #expect(text == CompletionScript.text(for: kind) + "\n")
    // The later definition counts, and that of zsh must come before the first call.
    let name = [
      "bash": "__kodama_add_completions", "zsh": "__kodama_complete", "fish": "__kodama_complete_directories",
    ]
    let definition = (shell == "fish" ? "function " : "") + name[shell]! + (shell == "fish" ? "" : "() {")
    #expect(text.components(separatedBy: "\n" + definition).count == 3)
    if shell == "zsh" { #expect(text.contains("}\n\nif [[ \"${funcstack[1]}\" = _kodama ]]; then")) }
    if shell == "fish" {
      #expect(text.contains("'(__kodama_complete_files nam)'"))
      #expect(!text.contains("for p in"))
    }
  }

  @Test func anUnknownShellIsAUsageError() throws {
    try expectFailure(64, ["--generate-completion-script", "csh"], mentions: ["csh"])
  }

  /// An argument of the program, as ArgumentParser describes it.
  private struct Argument {
    let command: String
    let name: String
    let value: String
    let hasCompletion: Bool
  }

  private func arguments() throws -> [Argument] {
    let text = try expectSuccess(["--experimental-dump-help"]).output
    let root = try #require(try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    func list(_ command: [String: Any], _ path: String) -> [Argument] {
      let path = path + " " + (command["commandName"] as? String ?? "")
      let own = (command["arguments"] as? [[String: Any]] ?? []).filter { $0["kind"] as? String != "flag" }
      return own.map { argument in
        let name = (argument["preferredName"] as? [String: Any])?["name"] as? String
        let value = argument["valueName"] as? String ?? ""
        return Argument(
          command: path, name: name ?? value, value: value, hasCompletion: argument["completionKind"] != nil)
      }
        + (command["subcommands"] as? [[String: Any]] ?? []).filter { $0["commandName"] as? String != "help" }
        .flatMap { list($0, path) }
    }
    return list(try #require(root["command"] as? [String: Any]), "")
  }

  /// Numbers and free texts are not completed; everything else is.
  @Test func everyPathAndChoiceIsCompleted() throws {
    let arguments = try arguments()
    #expect(arguments.count > 150)
    let free: Set<String> = [
      "n", "seed", "s", "k", "p", "dB", "Hz", "samples", "steps", "rate", "norm", "percent", "share", "time", "regex",
      "energy", "rank=time",
      "number", "batch", "crop", "rounds", "minutes", "seconds", "width", "height", "title", "temperature", "top-p",
      "bits", "size", "speed", "streams", "threads", "accumulate", "subcommands",
    ]
    for argument in arguments where !free.contains(argument.value) {
      #expect(argument.hasCompletion, "\(argument.command) \(argument.name) <\(argument.value)>")
    }
    for (command, name) in [
      (" kodama train", "corpus"), (" kodama train", "output"), (" kodama generate", "model"),
      (" kodama generate", "prime"), (" kodama evaluate", "reference"), (" kodama train", "preset"),
      (" kodama compress quantize", "scheme"), (" kodama generate", "format"), (" kodama generate", "precision"),
    ] {
      #expect(arguments.contains { $0.command == command && $0.name == name && $0.hasCompletion }, "\(command) \(name)")
    }
  }
}
