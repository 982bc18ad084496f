/// Something that stands at the top of a report: `parameters`, `245,472`.
public struct ReportFact: Sendable, Equatable {
  /// What it is.
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
