import KodamaCore

extension EvaluationResult {
  /// The result as comma-separated values (RFC 4180, line feeds): a row per pair, a row per generated sound without a
  /// counterpart, then mean, ends of its 95 % interval, median and standard deviation, then the mean of the references by
  /// metrics of single sounds, then the two sets, then noise in the place of the generated set; a field is empty where there
  /// is no value.
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
