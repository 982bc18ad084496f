import KodamaSpectra

/// The table of metrics: a row for each, with the scores over all pairs and of the two sets.
struct AggregateTable {
  /// A column after the names; empty columns are not shown.
  private struct Column {
    let title: String
    let text: (Metric) -> String?
  }

  private let result: EvaluationResult

  init(_ result: EvaluationResult) { self.result = result }

  private var columns: [Column] {
    let aggregate = result.aggregate
    return [
      Column(title: "mean") { aggregate[$0.name].map { NumberText.short($0.mean) } },
      Column(title: "95 % interval") {
        aggregate[$0.name]?.interval.map { "\(NumberText.short($0.low)) … \(NumberText.short($0.high))" }
      },
      Column(title: "median") { aggregate[$0.name].map { NumberText.short($0.median) } },
      Column(title: "standard deviation") { aggregate[$0.name]?.standardDeviation.map(NumberText.short) },
      Column(title: "references' mean") { result.references?[$0.name].map { NumberText.short($0.mean) } },
      Column(title: "as two sets") { result.sets?.scores[$0.name].map(NumberText.short) },
      Column(title: "white noise as loud") { result.noise?.scores[$0.name].map(NumberText.short) },
      Column(title: "number") { aggregate[$0.name].map { NumberText.count($0.count) } },
    ]
  }

  var html: HTML {
    let shown = columns.filter { column in result.metrics.contains { column.text($0) != nil } }
    let titles = shown.map { column -> HTML in "<th scope=\"col\">\(column.title)</th>" }
    let rows = result.metrics.map { metric -> HTML in
      let cells = shown.map { column -> HTML in "<td>\(column.text(metric) ?? "–")</td>" }
      let unit = metric.unit.isEmpty ? "" : metric.unit + ", "
      return """
        <tr><th scope="row" title="\(metric.title)">\(metric.name)<span class="unit">\(unit)\(metric.direction.words)\
        </span></th>\(cells.joined())</tr>

        """
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="Scores of all pairs and sets"><table><thead><tr>\
      <th scope="col">metric</th>\(titles.joined())</tr></thead><tbody>
      \(rows.joined())</tbody></table></div>

      """
  }
}

/// The table of pairs: a row for each, sortable by any column.
struct PairTable {
  private let result: EvaluationResult

  init(_ result: EvaluationResult) { self.result = result }

  var html: HTML {
    let metrics = result.metrics.filter { metric in
      result.pairs.contains { $0.scores[metric.name] != nil || $0.undefined[metric.name] != nil }
    }
    let sameNames = result.pairs.allSatisfy { $0.reference == $0.generated }
    let names = sameNames ? ["pair"] : ["reference", "generated"]
    let nameTitles = names.map { name -> HTML in
      "<th scope=\"col\" class=\"text\" data-kind=\"text\"><button type=\"button\">\(name)</button></th>"
    }
    let titles = metrics.map { metric -> HTML in
      let unit: HTML = metric.unit.isEmpty ? "" : " (\(metric.unit))"
      return "<th scope=\"col\"><button type=\"button\" title=\"\(metric.title)\">\(metric.name)\(unit)</button></th>"
    }
    let rows = result.pairs.map { pair -> HTML in
      let sounds = sameNames ? [pair.reference] : [pair.reference, pair.generated]
      let nameCells = sounds.map { name -> HTML in "<td class=\"text\" data-value=\"\(name)\">\(name)</td>" }
      return "<tr>\(nameCells.joined())\(metrics.map { cell(pair, $0) }.joined())</tr>\n"
    }
    return """
      <p class="note">The buttons at the top sort.</p>
      <div class="scroll tall" tabindex="0" role="region" aria-label="Scores of each pair"><table class="sortable">\
      <thead><tr>\(nameTitles.joined())\(titles.joined())</tr></thead><tbody>
      \(rows.joined())</tbody></table></div>

      """
  }

  private func cell(_ pair: PairScores, _ metric: Metric) -> HTML {
    if let value = pair.scores[metric.name] {
      return "<td data-value=\"\("\(value)")\">\(NumberText.short(value))</td>"
    }
    guard let reason = pair.undefined[metric.name] else { return "<td>–</td>" }
    return "<td title=\"\(reason)\"><span aria-label=\"no value: \(reason)\">–</span></td>"
  }
}
