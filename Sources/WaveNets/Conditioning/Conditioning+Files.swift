/// Labels of recordings.
extension Conditioning {
  /// The label sets of some names, with the labels of the files, sorted by their bytes.
  ///
  /// - Parameter files: paths and labels by set name.
  /// - Throws: `WaveNetFault.filesWithoutLabel`.
  public static func sets(
    named names: [String], of files: [(path: String, labels: [String: String])]
  ) throws(WaveNetFault) -> [LabelSet] {
    var sets: [LabelSet] = []
    for name in names {
      let values = try labels(name, of: files)
      sets.append(LabelSet(name, Set(values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }))
    }
    return sets
  }

  /// The conditions of each file.
  ///
  /// - Parameter files: paths and labels by set name; other sets than the model's are ignored.
  /// - Throws: `WaveNetFault.filesWithoutLabel`, `.filesWithUnknownLabels`.
  public func conditions(of files: [(path: String, labels: [String: String])]) throws(WaveNetFault) -> [Conditions] {
    var places = [[Int]](repeating: [], count: files.count)
    for set in labels {
      let known = Dictionary(zip(set.values, set.values.indices)) { first, _ in first }
      let values = try Self.labels(set.name, of: files)
      let unknown = values.indices.filter { known[values[$0]] == nil }
      if !unknown.isEmpty {
        throw .filesWithUnknownLabels(
          set: set, values: Set(unknown.map { values[$0] }).sorted(), files: unknown.map { files[$0].path })
      }
      for (index, value) in values.enumerated() { places[index].append(known[value] ?? 0) }
    }
    return places.map { Conditions(labels: $0) }
  }

  /// The label of one set for every file.
  private static func labels(
    _ name: String, of files: [(path: String, labels: [String: String])]
  ) throws(WaveNetFault) -> [String] {
    let values = files.map { $0.labels[name] ?? "" }
    let missing = values.indices.filter { values[$0].isEmpty }
    if !missing.isEmpty {
      throw .filesWithoutLabel(
        set: name, files: missing.map { files[$0].path }, present: Set(files.flatMap(\.labels.keys)).sorted())
    }
    return values
  }
}
