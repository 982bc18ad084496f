import KodamaCore

/// A regular expression whose named groups are the labels of files: `(?<digit>\d)_(?<speaker>\w+)_` matches digit 7 and
/// speaker george in `7_george_12.wav`.
///
/// A pattern that contains a "/" is matched against the path relative to the corpus's folder, any other against the
/// file name; the first match is used. The syntax is that of Swift's `Regex`.
public struct LabelPattern: Sendable, Equatable {
  /// The expression.
  public let text: String

  /// A pattern.
  ///
  /// - Throws: `AudioFault.badPattern` where the text is not a regular expression or has no named group.
  public init(_ text: String) throws {
    self.text = text
    do {
      let names = Self.groupNames(text)
      let regex = try Regex(text)
      if names.isEmpty || !names.allSatisfy({ regex.contains(captureNamed: $0) }) {
        throw AudioFault.badPattern(text, problem: "no group has a name; write what gives a label as (?<speaker>\\w+)")
      }
    } catch let fault as AudioFault {
      throw fault
    } catch {
      throw AudioFault.badPattern(text, problem: "not a regular expression: \(error)")
    }
  }

  /// A function that finds the labels of a file by its relative path; empty where the pattern does not match.
  func finder() throws -> (_ path: String) -> [String: String] {
    // A `Regex` is not `Sendable`, so every finder compiles its own.
    let (regex, names, isOfPath) = (try Regex(text), Self.groupNames(text), text.contains("/"))
    return { path in
      guard let match = try? regex.firstMatch(in: isOfPath ? path : PathText.name(path)) else { return [:] }
      var labels: [String: String] = [:]
      for name in names {
        if let found = match[name]?.substring, !found.isEmpty { labels[name] = String(found) }
      }
      return labels
    }
  }

  /// The names in `(?<…>` and `(?P<…>`; assertions such as `(?<=` are not groups.
  private static func groupNames(_ text: String) -> [String] {
    var names: [String] = []
    var rest = text[...]
    while let bracket = rest.firstIndex(of: "(") {
      let isEscaped = rest[..<bracket].reversed().prefix { $0 == "\\" }.count % 2 == 1
      rest = rest[rest.index(after: bracket)...]
      guard !isEscaped, let opening = ["?<", "?P<"].first(where: rest.hasPrefix) else { continue }
      let inner = rest.dropFirst(opening.count)
      guard let end = inner.firstIndex(of: ">"), inner.first?.isLetter == true || inner.first == "_" else { continue }
      let name = String(inner[..<end])
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
