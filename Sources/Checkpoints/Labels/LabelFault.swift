import KodamaCore

/// Errors of the labels of files.
public enum LabelFault: Fault, Equatable {
  /// Files without a label of a set; `present` are the sets of which there are labels.
  case filesWithoutLabel(set: String, files: [String], present: [String])
  /// Files with labels that the model does not have.
  case filesWithUnknownLabels(set: LabelSet, values: [String], files: [String])

  public var description: String {
    switch self {
    case .filesWithoutLabel(let set, let files, let present):
      "\(Plural.text(files.count, "file has", "files have")) no label \"\(set)\": \(Self.list(files, limit: 3)); "
        + (present.isEmpty ? "no file has any label" : "there are labels of \(Self.list(present))")
        + "; give a CSV with a column \(set), or a pattern with a group (?<\(set)>…)"
    case .filesWithUnknownLabels(let set, let values, let files):
      "\(Plural.text(files.count, "file has", "files have")) labels of \"\(set.name)\" that the model does not: \(Self.list(values)), in "
        + "\(Self.list(files, limit: 3)); it has \(Self.list(set.values)). Leave these files out, train on recordings of "
        + "every label, or add labels to the model"
    }
  }

  public var exitStatus: ExitStatus { .badData }

  /// The first names of a list.
  private static func list(_ names: [String], limit: Int = 20) -> String {
    names.prefix(limit).joined(separator: ", ") + (names.count > limit ? " and \(names.count - limit) more" : "")
  }
}
