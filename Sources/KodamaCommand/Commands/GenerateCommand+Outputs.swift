import Kodama
import KodamaCore

extension GenerateCommand {
  /// The files of several outputs: `out.wav` becomes `out-george.wav`, `out-lucas.wav` where they differ in their labels,
  /// else `out-1.wav`, `out-2.wav`. One output keeps the name.
  ///
  /// Only sets whose labels differ are part of the names; the labels of a mixture are joined by `+`, and where two
  /// outputs have the same labels all are numbered too.
  static func paths(_ output: String, for conditions: [Conditions], of conditioning: Conditioning) -> [String] {
    if conditions.count == 1 { return [output] }
    let sets = conditioning.labels.indices.filter { set in
      Set(conditions.map { $0.mixtures[set] }).count > 1
    }
    if sets.isEmpty { return (1...conditions.count).map { named(output, "\($0)") } }
    let names = conditions.map { condition in
      sets.map { set in
        condition.mixtures[set].map { word(conditioning.labels[set].values[$0.row]) }.joined(separator: "+")
      }.joined(separator: "-")
    }
    // Some file systems do not distinguish upper case from lower.
    let areDistinct = Set(names.map { $0.lowercased() }).count == names.count
    return names.enumerated().map { named(output, areDistinct ? $1 : "\($1)-\($0 + 1)") }
  }

  /// `out.wav` becomes `out-3.wav`.
  static func named(_ path: String, _ name: String) -> String {
    "\(PathText.stem(path))-\(name)\(PathText.fileExtension(path))"
  }

  /// The list of the labels of several outputs, beside them: `out.csv` for `out-george.wav` and `out-lucas.wav`, as
  /// `kodama evaluate --labels` and other commands take it. Nil where there is one output or no label.
  ///
  /// A mixture of labels has an empty field.
  static func labelList(
    _ output: String, _ paths: [String], for conditions: [Conditions], of conditioning: Conditioning
  ) -> (path: String, text: String)? {
    if paths.count < 2 || conditioning.labels.isEmpty { return nil }
    let rows = zip(paths, conditions).map { path, condition in
      [PathText.name(path)]
        + conditioning.labels.indices.map { set in
          let shares = condition.mixtures[set]
          return shares.count == 1 ? conditioning.labels[set].values[shares[0].row] : ""
        }
    }
    return (PathText.stem(output) + ".csv", CSV.text([["path"] + conditioning.labels.map(\.name)] + rows))
  }

  private static let longestWord = 48

  /// A label in the form of file names: letters, digits and `.`, with `_` for others.
  private static func word(_ label: String) -> String {
    String(label.prefix(longestWord).map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "_" })
  }
}
