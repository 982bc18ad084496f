import ArgumentParser
import Kodama

// What the shell offers after an option, where that is neither a path nor a fixed list. The shell starts `kodama` to ask,
// so nothing here may print, or take long.
extension CompletionKind {
  /// Names of metrics, separated by commas.
  static let metrics = completion { line in
    let (head, chosen) = line.list(separator: ",")
    return Metric.all.filter { !chosen.contains($0.name) }.map { Candidate(head + $0.name, $0.title) }
  }

  /// One name of a metric.
  static let metric = CompletionKind.list(Metric.all.map(\.name))

  /// The labels of the model on the line as `set=label`, also several, separated by `,` or `/`.
  static let labels = completion { line in
    guard let sets = line.conditioning?.labels else { return [] }
    guard let equals = line.word.firstIndex(of: "=") else {
      return sets.map { Candidate($0.name + "=", $0.values.joined(separator: ", ")) }
    }
    guard let set = sets.first(where: { $0.name == line.word[..<equals] }) else { return [] }
    let start = line.word.index(after: equals)
    let last = line.word[start...].lastIndex { $0 == "," || $0 == "/" }
    let head = String(line.word[..<(last.map { line.word.index(after: $0) } ?? start)])
    return set.values.map { Candidate(head + $0) }
  }

  /// The label sets of the model on the line, to each of which a label is added: `set=`.
  static let newLabels = completion { line in
    (line.conditioning?.labels ?? []).map { Candidate($0.name + "=", "now " + $0.values.joined(separator: ", ")) }
  }

  /// Names of the label sets of the corpus, separated by commas.
  static let labelSets = completion { line in
    let (head, chosen) = line.list(separator: ",")
    return line.labelSets.filter { !chosen.contains($0) }.map { Candidate(head + $0) }
  }

  /// Settings of `kodama train` as `key=value`.
  static let settings = settings { SettingsDocument(TrainingSettings($0.preset ?? .small)).list }

  /// Settings of `kodama capture` as `key=value`.
  static let captureSettings = settings { line in
    let preset = line.value(of: "--preset").flatMap(AmplifierPreset.init(rawValue:)) ?? .standard
    return FieldDocument(CaptureSettings(preset), CaptureSettings.fields).list
  }

  /// The paths of the layers of the model on the line that can be quantized, separated by commas.
  static let layers = completion { line in
    let (head, chosen) = line.list(separator: ",")
    return line.quantizableLayers.filter { !chosen.contains($0) }.map { Candidate(head + $0) }
  }

  /// Folders, or one of some words.
  static func folder(or words: [String]) -> CompletionKind {
    completion { line in words.map { Candidate($0) } + line.folders.map { Candidate($0) } }
  }

  /// Some settings as `key=value`.
  private static func settings(
    _ settings: @escaping @Sendable (CompletedLine) -> [ConfigurationSetting]
  ) -> CompletionKind {
    completion { candidates(settings($0), $0) }
  }

  private static func candidates(_ settings: [ConfigurationSetting], _ line: CompletedLine) -> [Candidate] {
    guard let equals = line.word.firstIndex(of: "=") else {
      let whole = settings.map { Candidate($0.key + "=", $0.help) }
      if whole.contains(where: { $0.text.hasPrefix(line.word) }) { return whole }
      // The last part is enough where no other setting has it.
      let short = settings.map {
        Candidate(($0.key.split(separator: ".").last.map(String.init) ?? $0.key) + "=", $0.help)
      }
      return short.filter { candidate in short.count { $0.text == candidate.text } == 1 }
    }
    let key = String(line.word[..<equals])
    guard let setting = settings.first(where: { $0.key == key || $0.key.hasSuffix("." + key) }) else { return [] }
    let value = setting.value == .null ? [] : [setting.value.string ?? setting.value.description]
    return (setting.choices ?? value).map { Candidate(key + "=" + $0) }
  }

  private static func completion(_ candidates: @escaping @Sendable (CompletedLine) -> [Candidate]) -> CompletionKind {
    .custom { words, index, _ in
      candidates(CompletedLine(words: words, index: index)).map { $0.text(for: CompletionShell.requesting) }
    }
  }
}

/// Something to offer.
private struct Candidate: Sendable {
  let text: String
  private let help: String

  init(_ text: String, _ help: String = "") {
    self.text = text
    self.help = help
  }

  /// The line for a shell, with the description where it shows one.
  func text(for shell: CompletionShell?) -> String {
    // Names from files are on lines of their own, and never more.
    let (text, help) = (text.visible(), help.visible())
    switch shell {
    case .zsh?:
      // Descriptions follow a colon.
      let escaped = text.flatMap { $0 == ":" || $0 == "\\" ? ["\\", $0] : [$0] }
      return help.isEmpty ? String(escaped) : String(escaped) + ":" + help
    case .fish?: return help.isEmpty ? text : text + "\t" + help
    default: return text
    }
  }
}

extension ConfigurationSetting {
  /// The values of a setting that has few; nil for any other.
  fileprivate var choices: [String]? {
    if expected == "true or false" { return ["true", "false"] }
    let prefix = "one of "
    guard expected.hasPrefix(prefix) else { return nil }
    return expected.dropFirst(prefix.count).split(separator: ", ").map(String.init)
  }
}
