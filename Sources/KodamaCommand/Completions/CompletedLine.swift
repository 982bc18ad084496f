import Foundation
import Kodama

/// A command line that is being completed, without quotation marks.
struct CompletedLine: Sendable {
  /// The words before and after the completed one.
  private let others: [String]
  /// The completed word; of `--option=value` the value.
  let word: String

  /// - Parameters:
  ///   - words: the words as typed.
  ///   - index: that of the completed one.
  init(words: [String], index: Int) {
    let plain = words.map(Self.unquoted)
    let word = plain.indices.contains(index) ? plain[index] : ""
    others = plain.enumerated().filter { $0.offset != index }.map(\.element)
    let equals = word.hasPrefix("--") ? word.firstIndex(of: "=") : nil
    self.word = equals.map { String(word[word.index(after: $0)...]) } ?? word
  }

  /// The value of an option, given as a word of its own or after `=`.
  func value(of option: String) -> String? {
    if let index = others.firstIndex(of: option), index + 1 < others.count { return others[index + 1] }
    return others.first { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
  }

  /// The start of a list up to its last item, and the items before that.
  func list(separator: Character) -> (head: String, items: [String]) {
    guard let last = word.lastIndex(of: separator) else { return ("", []) }
    let head = word[...last]
    return (String(head), head.split(separator: separator).map(String.init))
  }

  // MARK: What the line names

  /// The paths of the layers that can be quantized, of the first model among the words.
  var quantizableLayers: [String] {
    if let configuration {
      return WaveNet(configuration).stepGraph.quantizableLayers.map(\.path)
    }
    for word in others where !word.hasPrefix("-") && Folder.exists(word) {
      if let location = try? ModelLocation(word), let model = try? ClassifierModel.description(location) {
        return model.configuration.quantizableForms.map(\.path)
      }
    }
    return []
  }

  /// The configuration of the first WaveNet among the words.
  var configuration: WaveNetConfiguration? {
    for word in others where !word.hasPrefix("-") && Folder.exists(word) {
      if let location = try? ModelLocation(word), let model = try? ModelDescription(location) {
        return model.configuration
      }
    }
    return nil
  }

  /// What the first model among the words is conditioned on.
  var conditioning: Conditioning? { configuration?.conditioning }

  /// The preset.
  var preset: Preset? { value(of: "--preset").flatMap(Preset.init(rawValue:)) }

  /// The label sets that the corpus has by the options for labels.
  var labelSets: [String] {
    if let list = value(of: "--labels") {
      guard let data = try? RegularFile.read(list), let header = try? CSV.rows(Array(data)).first else { return [] }
      return header.fields.filter { $0 != "path" }
    }
    guard let pattern = value(of: "--label-pattern") else { return ["label"] }
    return pattern.matches(of: /\(\?<([A-Za-z_]\w*)>/).map { String($0.output.1) } + ["label"]
  }

  /// The folders that the word begins, with a slash at the end.
  var folders: [String] {
    let folder = PathText.folder(word).map { $0 + "/" } ?? ""
    let place = Self.expanded(folder.isEmpty ? "." : folder)
    let name = PathText.name(word)
    return ((try? Folder.names(place)) ?? []).filter {
      $0.hasPrefix(name) && (name.hasPrefix(".") || !$0.hasPrefix(".")) && Folder.exists(place + "/" + $0)
    }.map { folder + $0 + "/" }
  }

  // MARK: Shells

  /// A word without quotation marks and backslashes, and with the home folder instead of `~`.
  private static func unquoted(_ word: String) -> String {
    var (text, quote, isEscaped) = ("", Character?.none, false)
    for character in word {
      if isEscaped {
        text.append(character)
        isEscaped = false
      } else if character == "\\" && quote != "'" {
        isEscaped = true
      } else if character == quote {
        quote = nil
      } else if quote == nil && (character == "'" || character == "\"") {
        quote = character
      } else {
        text.append(character)
      }
    }
    return expanded(text)
  }

  private static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return (ProcessInfo.processInfo.environment["HOME"] ?? "~") + path.dropFirst()
  }
}
