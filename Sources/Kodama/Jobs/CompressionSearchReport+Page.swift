import KodamaCompression
import KodamaCore
import KodamaInference
import KodamaReports

extension CompressionSearchReport {
  /// The path of the page: an `output` that ends in .html or .htm is a file, any other a folder.
  public static func pagePath(output: String) -> String {
    RunReportJob.path(run: "", output: output, name: CompressionSearchJob.fileName)
  }

  /// Throws where a page cannot be written: a check before the work.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public static func checkPage(_ path: String, existing: AtomicFile.Existing) throws {
    // Folders are created with the page: where there are none yet, the one above them must let that be done.
    var nearest = path
    while let folder = PathText.folder(nearest), !folder.isEmpty, !AtomicFile.exists(folder) { nearest = folder }
    try AtomicFile.check(nearest, existing: nearest == path ? existing : .replace)
  }

  /// Writes a page with the points in two charts, loss against speed and loss against bytes, and with the layers.
  ///
  /// - Parameter path: a file, such as `pagePath(output:)`; its folder is created where it does not exist.
  /// - Throws: `FileFault`, `ReportsFault`.
  public func writePage(to path: String, title: String, existing: AtomicFile.Existing = .refuse) throws {
    if let folder = PathText.folder(path), !folder.isEmpty { try Folder.create(folder) }
    try page(title: title).write(to: path, existing: existing)
  }

  /// The page.
  func page(title: String) -> ScatterReport {
    let original = points[0]
    let facts = [
      ReportFact("Target", target.text), ReportFact("Bytes", change(original.bytes, chosen.bytes)),
      ReportFact("Samples a second", change(Int(original.samplesPerSecond), Int(chosen.samplesPerSecond))),
      ReportFact("Bits per sample lost", NumberText.decimal(chosen.bitsPerSampleLost, 4)),
      ReportFact("Bits per sample before", NumberText.decimal(bitsPerSampleBefore, 4)),
      ReportFact("Compared on", "\(Plural.grouped(samples, "sample")) of \(comparedOn ?? "signals")"),
    ]
    return ScatterReport(
      title: title, facts: facts,
      charts: [
        chart("Loss against speed", xName: "samples a second", isMoreBetter: true) { $0.samplesPerSecond },
        chart("Loss against size", xName: "bytes", isMoreBetter: false) { Double($0.bytes) },
      ],
      tables: [pointTable, layerTable, choiceTable], remarks: remarks)
  }

  private func change(_ before: Int, _ after: Int) -> String {
    "\(NumberText.grouped(before)) → \(NumberText.grouped(after))"
  }

  private var remarks: [String] {
    let grouped = groups.filter { $0.layers.count > 1 }
    let target =
      if case .bytes = target {
        "The choice depends on losses and bytes alone; a search on the same recordings makes it again."
      } else { "The choice follows speeds as they were measured on this machine; another search may choose otherwise." }
    let agent = comparison.map { comparison in
      let text = comparison.text
      return [
        "\(text.prefix(1).uppercased() + text.dropFirst()), with the seed \(comparison.seed). Lines join both fronts."
      ]
    }
    return (agent ?? []) + [
      "Speeds are of one stream on one core, medians of rounds that alternate with the original.", target,
      grouped.isEmpty
        ? "Each layer had a form of its own."
        : "So that the search takes minutes, layers of one kind in neighboring blocks had one form: "
          + grouped.map(\.name).joined(separator: ", ") + ".",
      "Forms of single groups were measured on the first \(Plural.grouped(sensitivitySamples, "sample"))."
        + " No measured model is as good as one of the front in all of bytes, speed and loss.",
      "Charts end at a loss of \(NumberText.decimal(shownLoss, 3)) bits per sample; the table has all models.",
    ]
  }

  /// Charts end there, in bits per sample: ruined models would leave no room for the differences of others.
  private var shownLoss: Double {
    let most = points.reduce(0) { max($0, $1.bitsPerSampleLost) }
    return max(1e-3, min(most, max(0.1, 4 * chosen.bitsPerSampleLost)))
  }

  private func chart(
    _ title: String, xName: String, isMoreBetter: Bool, _ x: (Point) -> Double
  ) -> ScatterChart {
    func series(_ name: String, where isShown: (Point) -> Bool) -> ScatterChart.Series {
      .init(name, points.filter(isShown).map { .init(x: x($0), y: $0.bitsPerSampleLost) })
    }
    var apart = [series("front") { !$0.isDominated }, series("dominated") { $0.isDominated }]
    if comparison != nil {
      apart = [series("one precision") { $0.foundBy == [] }]
      for searcher in ModelSearcher.allCases {
        apart.append(front(of: searcher, isMoreBetter: isMoreBetter, x))
        apart.append(series(searcher.name) { $0.foundBy?.contains(searcher) ?? false })
      }
    }
    var chart = ScatterChart(
      title: title, xName: xName, yName: "bits per sample lost",
      series: apart + [series("chosen") { $0.isChosen }])
    chart.yRange = min(-0.05 * shownLoss, 1.05 * chosen.bitsPerSampleLost)...1.05 * shownLoss
    return chart
  }

  /// A line through the models of one side that no other of that side beats in x and loss.
  private func front(
    of searcher: ModelSearcher, isMoreBetter: Bool, _ x: (Point) -> Double
  ) -> ScatterChart.Series {
    let own = points.filter { $0.foundBy == [] || $0.foundBy?.contains(searcher) ?? false }
      .sorted { isMoreBetter ? x($0) > x($1) : x($0) < x($1) }
    var best = Double.infinity
    let line = own.filter { point in
      defer { best = min(best, abs(point.bitsPerSampleLost)) }
      return abs(point.bitsPerSampleLost) < best
    }
    return .init(searcher.name, line.map { .init(x: x($0), y: $0.bitsPerSampleLost) }, style: .line)
  }

  private var pointTable: ScatterReport.Table {
    let searchers = comparison == nil ? [] : ["chosen by"]
    return .init(
      "Models measured", columns: ["model", "bytes", "samples a second", "bits per sample lost"] + searchers + [""],
      rows: points.map { point in
        let numbers = [
          point.name ?? "mixed", NumberText.grouped(point.bytes), NumberText.grouped(Int(point.samplesPerSecond)),
          NumberText.decimal(point.bitsPerSampleLost, 4),
        ]
        let searchers = point.foundBy.map { [$0.map(\.name).joined(separator: ", ")] } ?? []
        return numbers + searchers + [point.isChosen ? "chosen" : point.isDominated ? "dominated" : ""]
      })
  }

  private var layerTable: ScatterReport.Table {
    .init(
      "Layers of the chosen model", columns: ["layer", "precision", "weights that are 0"],
      rows: layers.map { [$0.path, $0.precision.rawValue, Self.percent($0.zeroShare)] })
  }

  private var choiceTable: ScatterReport.Table {
    .init(
      "Forms of single groups",
      columns: [
        "layers", "precision", "blocks made 0", "bytes", "microseconds saved", "bits per sample lost", "",
      ],
      rows: groups.flatMap { group in
        group.choices.map {
          [
            group.name, $0.precision.rawValue, Self.percent($0.sparsity), NumberText.grouped($0.bytes),
            NumberText.decimal($0.microsecondsSaved, 3),
            $0.bitsPerSampleLost.map { NumberText.decimal($0, 5) } ?? "not finite", $0.isChosen ? "chosen" : "",
          ]
        }
      })
  }

  private static func percent(_ share: Double) -> String { NumberText.decimal(100 * share, 0) + " %" }
}
