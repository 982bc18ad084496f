/// A set of labels, such as the speakers of a corpus.
public struct LabelSet: Sendable, Hashable {
  /// The name, such as `speaker`.
  public var name: String
  /// Its labels; their order is that of a network's classes, or of the rows of an embedding table.
  public var values: [String]

  /// A set of labels.
  public init(_ name: String, _ values: [String]) {
    self.name = name
    self.values = values
  }

  /// Its settings.
  package static let fields: ConfigurationFields<LabelSet> = [
    .init("name", \.name, .text, "The name of the set"),
    .init("values", \.values, .texts, "Its labels"),
  ]
}

/// The path of a file, and its labels by the name of their set.
public typealias LabelledFile = (path: String, labels: [String: String])

extension LabelSet {
  /// The sets of some names, with the labels of the files, sorted by their bytes.
  ///
  /// - Throws: `LabelFault.filesWithoutLabel`.
  public static func sets(named names: [String], of files: [LabelledFile]) throws(LabelFault) -> [LabelSet] {
    var sets: [LabelSet] = []
    for name in names {
      let values = try labels(name, of: files)
      sets.append(LabelSet(name, Set(values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }))
    }
    return sets
  }

  /// The index of each file's label of this set.
  ///
  /// - Throws: `LabelFault`.
  public func indices(of files: [LabelledFile]) throws(LabelFault) -> [Int] {
    let known = Dictionary(zip(values, values.indices)) { first, _ in first }
    let found = try Self.labels(name, of: files)
    let unknown = found.indices.filter { known[found[$0]] == nil }
    if !unknown.isEmpty {
      throw .filesWithUnknownLabels(
        set: self, values: Set(unknown.map { found[$0] }).sorted(), files: unknown.map { files[$0].path })
    }
    return found.map { known[$0] ?? 0 }
  }

  /// The label of one set for every file.
  private static func labels(_ name: String, of files: [LabelledFile]) throws(LabelFault) -> [String] {
    let values = files.map { $0.labels[name] ?? "" }
    let missing = values.indices.filter { values[$0].isEmpty }
    if !missing.isEmpty {
      throw .filesWithoutLabel(
        set: name, files: missing.map { files[$0].path }, present: Set(files.flatMap(\.labels.keys)).sorted())
    }
    return values
  }
}
