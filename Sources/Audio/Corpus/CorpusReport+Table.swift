import Foundation
import KodamaCore

extension CorpusReport: CustomStringConvertible {
  /// A table of lines "name  value", followed by the files that need attention.
  public var description: String {
    var rows: [(name: String, value: String)] = [
      ("folder", folder),
      ("files", "\(files) usable, \(unusable.count) unusable, \(ignoredFiles) not sound"),
      ("duration", Self.duration(seconds)),
    ]
    if files > 0 {
      rows += [
        ("each", "\(Self.duration(shortestSeconds)) to \(Self.duration(longestSeconds))"),
        ("size", String(format: "%.1f MB", Double(bytes) / 1e6)),
        ("sample rate", Self.list(sampleRates) { "\($0) Hz" }),
        ("model's rate", "\(modelSampleRate) Hz"),
        ("channels", Self.list(channels) { "\($0)" }),
        ("format", Self.list(formats) { $0 }),
        ("peak", String(format: "%.3g", peak) + " (\(Decibels.text(peak)) of full scale)"),
        (
          "full scale",
          filesOverFullScale.isEmpty
            ? "never exceeded"
            : "exceeded in \(Plural.text(filesOverFullScale.count, "file")); a gain of \(Decibels.text(1 / peak)) would mend it"
        ),
        ("clipping", "\(Plural.text(clippedSamples, "sample")) at full scale in \(Plural.text(clippedFiles, "file"))"),
        (
          "silence",
          String(format: "%.1f %% of the time", silenceShare * 100)
            + " below \(Decibels.text(options.silence)); \(Plural.text(silentFiles.count, "file holds", "files hold")) nothing else"
        ),
        trimmingRow,
        (
          "duplicates",
          duplicates.isEmpty ? "none" : "\(Plural.text(duplicates.count, "group")) of files with equal sound"
        ),
      ]
      rows.removeAll { $0.name.isEmpty }
      if !labels.isEmpty { rows.append(("labels", Self.list(labels) { $0 })) }
      rows.append(("fingerprint", "\(fingerprint)"))
    }
    let width = rows.map(\.name.count).max()!
    var lines = rows.map { $0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.value }
    lines += Self.section("Unusable", unusable.map { "\($0.path): \(Self.reason($0))" })
    lines += Self.section("Odd", warnings.map { "\($0.path): \($0.remark)" })
    lines += Self.section("Silent", silentFiles)
    lines += Self.section("Over full scale", filesOverFullScale)
    lines += Self.section("Silent but for what would be trimmed", trimming?.silentFiles ?? [])
    lines += Self.section("Equal", duplicates.map { $0.joined(separator: " = ") })
    return lines.map { $0.visible() }.joined(separator: "\n")
  }

  /// The effect of trimming; empty where no trimming was given.
  private var trimmingRow: (name: String, value: String) {
    guard let trimming else { return ("", "") }
    return (
      "trimming",
      "below \(Decibels.text(trimming.thresholdDecibels)): \(Self.duration(trimming.seconds)) of \(Plural.text(trimming.files, "file")); "
        + Plural.text(trimming.silentFiles.count, "file holds", "files hold") + " nothing louder"
    )
  }

  /// A heading and at most 20 lines; the JSON contains all of them.
  private static func section(_ heading: String, _ items: [String]) -> [String] {
    if items.isEmpty { return [] }
    let rest = items.count > 20 ? ["  and \(items.count - 20) more, which the JSON lists"] : []
    return ["", heading + ":"] + items.prefix(20).map { "  " + $0 } + rest
  }

  private static func list<Value>(_ counts: [Count<Value>], _ name: (Value) -> String) -> String {
    if counts.count == 1 { return name(counts[0].value) }
    return counts.map { "\(name($0.value)): \(Plural.text($0.files, "file")), \(duration($0.seconds))" }
      .joined(separator: "; ")
  }

  /// The reason without a leading path.
  private static func reason(_ failure: CorpusFailure) -> String {
    guard let range = failure.reason.range(of: failure.path + ": ") else { return failure.reason }
    return String(failure.reason[range.upperBound...])
  }

  /// "4.25 s", "14.1 min" or "3.2 h".
  private static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: String(format: "%.2f s", seconds)
    case ..<7_200: String(format: "%.1f min", seconds / 60)
    default: String(format: "%.1f h", seconds / 3_600)
    }
  }
}
