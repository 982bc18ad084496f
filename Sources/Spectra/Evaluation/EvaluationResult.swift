import KodamaCoding
import KodamaCore

/// The scores of generated sounds against their references.
///
/// Encodes to JSON with the properties' names as keys; `scores`, `undefined` and `aggregate` have the metrics' keys.
public struct EvaluationResult: Sendable, Equatable, Codable {
  /// The metrics, in the order of tables.
  public var metrics: [Metric]
  /// The pairs, in order; empty where two sets without common names were compared.
  public var pairs: [PairScores]
  /// Generated sounds without a counterpart, with their scores as single sounds.
  public var sounds: [SoundScores]
  /// For each metric's key the statistics of its scores over the pairs and sounds where it is defined; no entry where
  /// it never is.
  public var aggregate: [String: Statistics]
  /// For each key of a metric of single sounds, the statistics of the references' own scores, for comparison; no entry
  /// where it is never defined, and nil without such a metric.
  public var references: [String: Statistics]?
  /// The two sides as sets; nil without a metric of sets.
  public var sets: SetScores?
  /// Names of references without a counterpart.
  public var unpairedReference: [String]
  /// Names of generated sounds without a counterpart.
  public var unpairedGenerated: [String]
  /// The scores, as a set, of white noise of the same length and level in place of the generated sounds; nil where not
  /// requested.
  public var noise: SetScores?

  /// The worst pairs by a metric, the worst first; for a metric without a direction, those with the largest values.
  public func worst(_ count: Int, by metric: Metric) -> [PairScores] {
    let sign: Double = metric.direction == .higherIsBetter ? 1 : -1
    let scored = pairs.enumerated().compactMap { index, pair in
      pair.scores[metric.key].map { (score: sign * $0, index: index) }
    }
    return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.prefix(max(0, count)).map { pairs[$0.index] }
  }
}

extension EvaluationResult {
  /// The result as a table for a terminal: a row per metric, with the one pair's score, or the mean over pairs and
  /// sounds with its spread, and beside it the references' own mean; then the worst pairs, and why fields are empty.
  ///
  /// - Parameters:
  ///   - worst: the number of worst pairs to list.
  ///   - ranking: the metric that ranks them; nil for the first one with a direction.
  public func table(worst: Int = 0, by ranking: Metric? = nil) -> String {
    var text = TextTable.aligned(rows)
    if worst > 0, let ranking = ranking ?? metrics.first(where: { $0.direction != .neither && $0.scope != .sets }) {
      let listed = self.worst(worst, by: ranking)
      if !listed.isEmpty {
        text += "\nworst by \(ranking.name):\n"
        text += TextTable.aligned(listed.map { ["  \($0.generated)", TextTable.rounded($0.scores[ranking.key])] })
      }
    }
    let notes = notes
    return notes.isEmpty ? text : text + "\n" + notes.map { $0.visible() + "\n" }.joined()
  }

  /// The number of pairs and of sounds without a counterpart.
  private var count: Int { pairs.count + sounds.count }

  private var rows: [[String]] {
    var header = ["metric", "unit"]
    if count == 1 { header += ["value"] }
    if count > 1 { header += ["mean", "95 % interval", "median", "deviation"] }
    if references != nil { header += ["references"] }
    // For two single sounds the sets are the same as the pair.
    let showsSets = sets.map { pairs.isEmpty || $0.reference.sounds > 1 || $0.generated.sounds > 1 } ?? false
    if showsSets { header += ["sets"] }
    if noise != nil { header += ["noise as loud"] }
    return [header]
      + metrics.map { metric in
        let statistics = aggregate[metric.key]
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
          row += [metric.scope == .sounds ? TextTable.rounded(references[metric.key]?.mean) : ""]
        }
        if showsSets { row += [metric.scope == .sets ? TextTable.rounded(sets?.scores[metric.key]) : ""] }
        if noise != nil { row += [metric.scope == .sets ? TextTable.rounded(noise?.scores[metric.key]) : ""] }
        return row
      }
  }

  /// The numbers of sounds, the reasons for empty fields, and the conversions.
  package var notes: [String] {
    var lines: [String] = []
    if pairs.count > 1 { lines.append("\(pairs.count) pairs") }
    let rows: [any Scored] = pairs + sounds
    for metric in metrics {
      let reasons = rows.compactMap { $0.undefined[metric.key] }
      for reason in Set(reasons).sorted() {
        lines.append("\(metric.name): no value for \(reasons.count { $0 == reason }) of \(count): \(reason)")
      }
      if let reason = sets?.undefined[metric.key] { lines.append("\(metric.name) of the sets: no value: \(reason)") }
    }
    let conversions = pairs.flatMap(\.conversions) + sounds.flatMap(\.conversions)
    lines += conversions.prefix(Self.listed)
    if conversions.count > Self.listed { lines.append("… and \(conversions.count - Self.listed) more conversions") }
    for (side, names) in [("references", unpairedReference), ("generated sounds", unpairedGenerated)]
    where !names.isEmpty && !pairs.isEmpty {
      let rest = names.count > Self.listed ? " and \(names.count - Self.listed) more" : ""
      lines.append(
        "\(side) without a counterpart: \(names.count): \(names.prefix(Self.listed).joined(separator: ", "))\(rest)")
    }
    return lines
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
      rows.append([kind, reference, generated] + metrics.map { TextTable.plain(value($0.key)) })
    }
    for pair in pairs { add("pair", pair.reference, pair.generated) { pair.scores[$0] } }
    for sound in sounds { add("sound", "", sound.generated) { sound.scores[$0] } }
    if !aggregate.isEmpty {
      add("mean") { aggregate[$0]?.mean }
      add("mean, lower end") { aggregate[$0]?.interval?.low }
      add("mean, upper end") { aggregate[$0]?.interval?.high }
      add("median") { aggregate[$0]?.median }
      add("standard deviation") { aggregate[$0]?.standardDeviation }
    }
    if let references { add("mean of references") { references[$0]?.mean } }
    if let sets { add("sets") { sets.scores[$0] } }
    if let noise { add("noise") { noise.scores[$0] } }
    return CSV.text(rows)
  }
}

extension EvaluationResult {
  /// The result as JSON, with sorted keys.
  public var json: String {
    get throws {
      try JSON(encoding: self).sortedText + "\n"
    }
  }

  /// A result that was written as JSON.
  ///
  /// - Throws: `SpectraFault.notAnEvaluation`, `.impossibleScore`.
  public init(json: [UInt8], path: String) throws {
    do {
      // Thousands of pairs by tens of metrics are a usual result.
      self = try JSON(parsing: json, path: path, valueLimit: .max).decoded()
    } catch let error as ScoreTable.ImpossibleScore {
      throw SpectraFault.impossibleScore(path: path, field: error.field, value: error.value)
    } catch {
      throw SpectraFault.notAnEvaluation(path: path)
    }
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
