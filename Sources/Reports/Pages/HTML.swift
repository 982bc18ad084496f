import KodamaCore

/// A fragment of HTML. Interpolated text is escaped, so that file names cannot become markup:
///
/// ```swift
/// let row: HTML = "<td>\(fileName)</td>"  // a <b> in the name is shown as text
/// ```
struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
  /// The markup.
  private(set) var markup: String

  init(stringLiteral markup: String) { self.markup = markup }

  init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }

  /// The empty fragment.
  static let empty: HTML = ""

  /// Trusted markup from this module, such as a style sheet.
  init(trusted markup: String) { self.markup = markup }

  static func + (first: HTML, second: HTML) -> HTML { HTML(trusted: first.markup + second.markup) }
  static func += (first: inout HTML, second: HTML) { first.markup += second.markup }

  /// Text with special characters of elements and quoted attributes escaped, and control characters made visible.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\t", "\n": escaped.unicodeScalars.append(scalar)
      case _ where scalar.isControl: escaped += scalar.visibleForm
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Collects a literal's markup and interpolations.
  struct Interpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(2 * literalCapacity) }

    mutating func appendLiteral(_ literal: String) { markup += literal }
    mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
    mutating func appendInterpolation(_ number: Int) { markup += "\(number)" }
    mutating func appendInterpolation(_ piece: HTML) { markup += piece.markup }
  }
}

extension Sequence<HTML> {
  /// The concatenation of all fragments.
  func joined() -> HTML { HTML(trusted: map(\.markup).joined()) }
}

/// A name and a value at the top of a report, such as `parameters`, `245,472`.
public struct ReportFact: Sendable, Equatable {
  /// The name.
  public var name: String
  /// Its value.
  public var value: String

  /// A fact.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Facts as a list.
  static func list(_ facts: [ReportFact]) -> HTML {
    if facts.isEmpty { return "" }
    let entries = facts.map { fact -> HTML in "<div><dt>\(fact.name)</dt><dd>\(fact.value)</dd></div>" }
    return "<dl class=\"facts\">\(entries.joined())</dl>\n"
  }
}
