import KodamaCoding
import KodamaCore

extension EvaluationResult {
  /// The result as a table for a terminal: a row per metric, with the one pair's score, or the mean over pairs and
  /// sounds with its spread, and beside it the references' own mean; then the worst pairs, and why fields are empty.
  ///
  /// - Parameters:
  ///   - worst: the number of worst pairs to list.
  ///   - ranking: the metric that ranks them; nil for the first one with a direction.
  public func table(worst: Int = 0, by ranking: Metric? = nil) -> String {
    var text = TextTable.aligned(rows)
    if let list = listed(worst, by: ranking) {
      text += "\nworst by \(list.ranking.name):\n"
      text += TextTable.aligned(list.pairs.map { ["  \($0.name)", $0.score] })
    }
    let notes = notes
    return notes.isEmpty ? text : text + "\n" + notes.map { $0.visible() + "\n" }.joined()
  }

  /// The table, the worst pairs and the notes as Markdown.
  ///
  /// - Parameters: as those of `table`.
  public func markdown(worst: Int = 0, by ranking: Metric? = nil) -> String {
    var text = TextTable.markdown(rows)
    if let list = listed(worst, by: ranking) {
      let heading = ["worst by \(list.ranking.name)", list.ranking.unit]
      text += "\n" + TextTable.markdown([heading] + list.pairs.map { [$0.name, $0.score] })
    }
    if let thresholds {
      let rows = thresholds.map { [$0.threshold, $0.message, $0.passed ? "passed" : "failed"] }
      text += "\n" + TextTable.markdown([["threshold", "measured", "result"]] + rows)
    }
    let notes = notes
    return notes.isEmpty ? text : text + "\n" + notes.map { "- " + TextTable.markdown($0) + "\n" }.joined()
  }

  /// The worst pairs and the metric that ranks them; nil where there are none to list.
  private func listed(_ count: Int, by ranking: Metric?) -> (ranking: Metric, pairs: [(name: String, score: String)])? {
    if count < 1 { return nil }
    guard let ranking = ranking ?? metrics.first(where: { $0.direction != .neither && $0.scope != .sets }) else {
      return nil
    }
    let pairs = worst(count, by: ranking).map { pair in
      (name: pair.generated, score: TextTable.rounded(pair.scores[ranking.name]))
    }
    return pairs.isEmpty ? nil : (ranking, pairs)
  }

  /// The number of pairs and of sounds without a counterpart.
  private var count: Int { pairs.count + sounds.count }

  private var rows: [[String]] {
    var header = ["metric", "unit"]
    if count == 1 { header += ["value"] }
    if count > 1 { header += ["mean", "95 % interval", "median", "std"] }
    if references != nil { header += ["references"] }
    // For two single sounds the sets are the same as the pair.
    let showsSets = sets.map { pairs.isEmpty || $0.reference.sounds > 1 || $0.generated.sounds > 1 } ?? false
    if showsSets { header += ["sets"] }
    if noise != nil { header += ["noise as loud"] }
    return [header]
      + metrics.map { metric in
        let statistics = aggregate[metric.name]
        var row = [metric.name, metric.unit]
        if count == 1 { row += [TextTable.rounded(statistics?.mean)] }
        if count > 1 {
          let interval = statistics?.interval.map {
            "\(TextTable.rounded($0.low)) … \(TextTable.rounded($0.high))"
          }
          row += [TextTable.rounded(statistics?.mean), interval ?? "–", TextTable.rounded(statistics?.median)]
          row += [TextTable.rounded(statistics?.standardDeviation)]
        }
        if let references {
          row += [metric.scope == .sounds ? TextTable.rounded(references[metric.name]?.mean) : ""]
        }
        if showsSets { row += [metric.scope == .sets ? setText(metric) : ""] }
        if noise != nil { row += [metric.scope == .sets ? TextTable.rounded(noise?.scores[metric.name]) : ""] }
        return row
      }
  }

  /// The score of the sets, with its interval where it has one.
  private func setText(_ metric: Metric) -> String {
    let interval = sets?.intervals?[metric.name].map {
      " (\(TextTable.rounded($0.low)) … \(TextTable.rounded($0.high)))"
    }
    return TextTable.rounded(sets?.scores[metric.name]) + (interval ?? "")
  }

  /// The numbers of sounds, the reasons for empty fields, and the conversions.
  package var notes: [String] {
    var lines: [String] = []
    if pairs.count > 1 { lines.append("\(pairs.count) pairs") }
    lines += missingValues
    let remarks =
      pairs.flatMap { Self.remarks($0.conversions, of: [$0.reference, $0.generated]) }
      + sounds.flatMap { Self.remarks($0.conversions, of: [$0.generated]) }
      + (conversions ?? []).map(Remarks.split)
    let kinds = Remarks.grouped(remarks, noun: "sound")
    lines += kinds.prefix(Self.listed)
    if kinds.count > Self.listed {
      lines.append("… and \(kinds.count - Self.listed) more kinds of conversion")
    }
    for (side, names) in [("references", unpairedReference), ("generated sounds", unpairedGenerated)]
    where !names.isEmpty && !pairs.isEmpty {
      let rest = names.count > Self.listed ? " and \(names.count - Self.listed) more" : ""
      lines.append(
        "\(side) without a counterpart: \(names.count): \(names.prefix(Self.listed).joined(separator: ", "))\(rest)")
    }
    return lines
  }

  /// The reasons for missing values: a line for each kind of reason, with all metrics that it holds for.
  private var missingValues: [String] {
    let rows: [any Scored] = pairs + sounds
    var lines: [(metrics: [String], text: String)] = []
    func add(_ metric: Metric, _ text: String) {
      if let place = lines.firstIndex(where: { $0.text == text }) {
        lines[place].metrics.append(metric.name)
      } else {
        lines.append(([metric.name], text))
      }
    }
    for metric in metrics {
      let kinds = Dictionary(grouping: rows.compactMap { $0.undefined[metric.name] }, by: Remarks.withoutNumbers)
      for (_, reasons) in kinds.sorted(by: { $0.key < $1.key }) {
        let others = Set(reasons).count > 1 ? ", or other numbers" : ""
        add(metric, ": no value for \(reasons.count) of \(count): \(reasons[0])\(others)")
      }
    }
    for metric in metrics {
      if let reason = sets?.undefined[metric.name] { add(metric, " of the sets: no value: \(reason)") }
    }
    return lines.map { $0.metrics.joined(separator: ", ") + $0.text }
  }

  /// Remarks `sound: text` with the sound that they are about, one of those named.
  private static func remarks(_ lines: [String], of sounds: [String]) -> [(subject: String, text: String)] {
    lines.map { line in
      guard let sound = sounds.first(where: { line.hasPrefix($0 + ": ") }) else { return ("", line) }
      return (sound, String(line.dropFirst(sound.count + 2)))
    }
  }

  /// The maximum number of names in a line.
  private static let listed = 5
}

extension EvaluationResult {
  /// The result as comma-separated values (RFC 4180, line feeds): a row per pair, a row per generated sound without a
  /// counterpart, then mean, ends of its 95 % interval, median and standard deviation, then the mean of the references
  /// by metrics of single sounds, then the two sets, then noise in the place of the generated set; a field is empty
  /// where there is no value.
  public var csv: String {
    var rows = [["kind", "reference", "generated"] + metrics.map(\.name)]
    func add(_ kind: String, _ reference: String = "", _ generated: String = "", _ value: (String) -> Double?) {
      rows.append([kind, reference, generated] + metrics.map { TextTable.plain(value($0.name)) })
    }
    for pair in pairs { add("pair", pair.reference, pair.generated) { pair.scores[$0] } }
    for sound in sounds { add("sound", "", sound.generated) { sound.scores[$0] } }
    if !aggregate.isEmpty {
      add("mean") { aggregate[$0]?.mean }
      add("mean, lower end") { aggregate[$0]?.interval?.low }
      add("mean, upper end") { aggregate[$0]?.interval?.high }
      add("median") { aggregate[$0]?.median }
      add("std") { aggregate[$0]?.standardDeviation }
    }
    if let references { add("mean of references") { references[$0]?.mean } }
    if let sets { add("sets") { sets.scores[$0] } }
    if let noise { add("noise") { noise.scores[$0] } }
    return CSV.text(rows)
  }
}

extension TextTable {
  /// All digits of a number; empty for nil.
  static func plain(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// A number with three decimals; a dash for nil.
  static func rounded(_ value: Double?) -> String {
    guard let value else { return "–" }
    if !(value.magnitude < 1e12) { return "\(value)" }
    let thousandths = Int((value.magnitude * 1000).rounded())
    let decimals = "\(1000 + thousandths % 1000)".dropFirst()
    return (value < 0 && thousandths > 0 ? "-" : "") + "\(thousandths / 1000).\(decimals)"
  }
}
