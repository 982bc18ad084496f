import KodamaCore

/// Scatter charts and tables on one self-contained page, such as what a search measured.
public struct ScatterReport: Sendable {
  /// A table with a title.
  public struct Table: Sendable, Equatable {
    /// The title.
    public var title: String
    /// The titles of the columns; the first one is of names.
    public var columns: [String]
    /// The rows, each with a text for each column.
    public var rows: [[String]]

    /// A table.
    ///
    /// - Precondition: each row has a text for each column.
    public init(_ title: String, columns: [String], rows: [[String]]) {
      precondition(rows.allSatisfy { $0.count == columns.count }, "a text for each of \(columns.count) columns")
      self.title = title
      self.columns = columns
      self.rows = rows
    }
  }

  /// The title of the page.
  public var title: String
  /// The facts at the top.
  public var facts: [ReportFact]
  /// The charts, in order.
  public var charts: [ScatterChart]
  /// The tables, in order.
  public var tables: [Table]
  /// Remarks below the charts.
  public var remarks: [String]

  /// In pixels.
  private static let (width, height) = (640, 460)

  /// A page.
  public init(
    title: String, facts: [ReportFact] = [], charts: [ScatterChart] = [], tables: [Table] = [], remarks: [String] = []
  ) {
    self.title = title
    self.facts = facts
    self.charts = charts
    self.tables = tables
    self.remarks = remarks
  }

  /// Writes the page atomically.
  ///
  /// - Throws: `FileFault`, `ReportsFault`.
  public func write(to path: String, existing: AtomicFile.Existing) throws {
    let sections =
      [(id: "charts", title: "Charts")] + tables.enumerated().map { (id: "table-\($0)", title: $1.title) }
    try AtomicFile.write(to: path, existing: existing) { writer in
      let page = try PageWriter(writer, title: title, summary: ReportFact.list(facts), sections: sections)
      try page.section(sections[0]) {
        let figures = try charts.map(Self.figure)
        try page.write("<div class=\"grid\">\(figures.joined())</div>\n")
        let remarks = remarks.map { remark -> HTML in "<li>\(remark)</li>" }
        if !remarks.isEmpty { try page.write("<ul class=\"note\">\(remarks.joined())</ul>\n") }
      }
      for (table, section) in zip(tables, sections.dropFirst()) {
        try page.section(section) { try page.write(Self.html(table)) }
      }
      try page.finish()
    }
  }

  private static func figure(_ chart: ScatterChart) throws -> HTML {
    let bytes = try ScatterPicture([chart], width: width, height: height).encoded(as: .svg)
    var base64 = Base64()
    let text = base64.encode(bytes) + base64.finish()
    return """
      <figure class="picture"><img decoding="sync" width="\(width)" height="\(height)" alt="\(chart.summary)" \
      src="data:image/svg+xml;base64,\(String(decoding: text, as: UTF8.self))"></figure>
      """
  }

  private static func html(_ table: Table) -> HTML {
    let titles = table.columns.map { column -> HTML in "<th scope=\"col\">\(column)</th>" }
    let rows = table.rows.map { row -> HTML in
      let cells = row.dropFirst().map { text -> HTML in "<td>\(text)</td>" }
      return "<tr><th scope=\"row\">\(row[0])</th>\(cells.joined())</tr>\n"
    }
    return """
      <div class="scroll fit" tabindex="0" role="region" aria-label="\(table.title)"><table><thead><tr>\
      \(titles.joined())</tr></thead><tbody>
      \(rows.joined())</tbody></table></div>

      """
  }
}

extension ScatterChart {
  /// The text for screen readers: the points of each series and their extents.
  var summary: String {
    let parts = names.map { name in
      let points = series.filter { $0.name == name }.flatMap(\.points)
      let (xs, ys) = (points.map(\.x), points.map(\.y))
      func extent(_ values: [Double]) -> String {
        "\(NumberText.short(values.min() ?? 0)) to \(NumberText.short(values.max() ?? 0))"
      }
      return "\(name): \(points.count) at \(xName) \(extent(xs)), \(yName) \(extent(ys))"
    }
    return "\(title), \(yName) over \(xName). " + parts.joined(separator: ". ") + "."
  }
}
