import KodamaCore
import KodamaSpectra

/// The sounds of an evaluation, a selection of which is shown side by side.
struct ReportedSounds {
  /// The number of sounds of each side to show where there are no pairs.
  private static let mostUnpaired = 6

  private let reference: [PathBytes: Sound]
  private let generated: [PathBytes: Sound]
  private let seconds: Double
  private let workers: Workers

  /// - Parameter seconds: the length up to which sounds are shown and played.
  init(reference: [Sound], generated: [Sound], seconds: Double, workers: Workers) {
    self.reference = Dictionary(reference.map { (PathBytes($0.name), $0) }) { first, _ in first }
    self.generated = Dictionary(generated.map { (PathBytes($0.name), $0) }) { first, _ in first }
    (self.seconds, self.workers) = (seconds, workers)
  }

  /// Writes selected pairs: reference, output and difference side by side, with players.
  func write(
    _ selection: PairSelection, _ metrics: [Metric], to page: PageWriter, progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let metric = selection.metric?.name ?? ""
    let groups = [
      (selection.worst, "Among the worst by \(metric)"),
      (selection.typical, metric.isEmpty ? "One of the first" : "Near the median of \(metric)"),
    ]
    let total = selection.worst.count + selection.typical.count
    try page.write(
      """
      <p class="note">Colors of the first two pictures are levels in dB below full scale, the same for both; those of \
      the third are how much louder (red) or quieter (blue) the output is, in dB. \(limit)</p>

      """)
    var done = 0
    for (pairs, reason) in groups {
      for pair in pairs {
        try write(pair, metrics, reason: reason, to: page)
        done += 1
        progress(done, total)
      }
    }
  }

  private func write(_ pair: PairScores, _ metrics: [Metric], reason: String, to page: PageWriter) throws {
    guard let first = reference[PathBytes(pair.reference)], let second = generated[PathBytes(pair.generated)] else {
      return
    }
    let name = pair.reference == pair.generated ? pair.generated : "\(pair.reference) → \(pair.generated)"
    let scores = metrics.compactMap { metric -> HTML? in
      guard let value = pair.scores[metric.name] else { return nil }
      let unit = metric.unit.isEmpty ? "" : " " + metric.unit
      return "<li>\(metric.name) <b>\(NumberText.short(value))\(unit)</b></li>"
    }
    let sounds = try [first, second].map { try SoundExcerpt(of: $0.open(), seconds: seconds) }
    let figures = try sounds.map { try SpectrogramFigure(of: $0.source, workers: workers) }
    let top = max(figures[0].image.top, figures[1].image.top)
    try page.write(
      """
      <article class="card pair"><h3>\(name)</h3><div class="note">\(reason)</div>\
      <ul class="scores">\(scores.joined())</ul><div class="sides">

      """)
    try page.sound(sounds[0], heading: "Reference", name: pair.reference, figure: figures[0], top: top)
    try page.sound(sounds[1], heading: "Output", name: pair.generated, figure: figures[1], top: top)
    try page.difference(of: sounds, figures, top: top, name: name, workers: workers)
    try page.write("</div></article>\n")
  }

  /// Writes some sounds of two sides without pairs, in two columns.
  ///
  /// - Parameter selection: which outputs, where a metric ranks them.
  func write(
    _ references: [String], _ outputs: [String], _ selection: OutputSelection?, to page: PageWriter,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws {
    let most = ReportedSounds.mostUnpaired
    func spread(_ names: [String]) -> [OutputSelection.Shown] {
      ReportedSounds.spread(names, count: most).map { OutputSelection.Shown(sound: $0, score: "") }
    }
    // Too few scores would leave out other outputs.
    let ranked = selection.map { $0.ranked(most) }.flatMap { $0.count == min(most, outputs.count) ? $0 : nil }
    let sides = [
      ("Reference", spread(references), reference, references.count),
      ("Output", ranked ?? spread(outputs), generated, outputs.count),
    ].map { heading, chosen, sounds, total in
      (
        heading: heading,
        sounds: chosen.compactMap { shown in sounds[PathBytes(shown.sound)].map { (sound: $0, score: shown.score) } },
        total: total
      )
    }
    let choice: HTML =
      if let selection, ranked != nil {
        "the outputs are the worst and the best by \(selection.metric.name), the references are"
      } else {
        "both are"
      }
    try page.write(
      """
      <p class="note">No output has a reference of its own; these are \(sides[0].sounds.count) of \
      \(NumberText.count(sides[0].total)) references and \
      \(sides[1].sounds.count) of \(NumberText.count(sides[1].total)) \
      outputs; \(choice) at even distances in the order of names. Colors are levels in dB below full scale, the same \
      for all. \(limit)</p>

      """)
    let total = sides.reduce(0) { $0 + $1.sounds.count }
    var done = 0
    // All pictures are made before the first is written, because they share the scale of the loudest.
    let shown = try sides.map { side in
      try side.sounds.map { chosen in
        let excerpt = try SoundExcerpt(of: chosen.sound.open(), seconds: seconds)
        let figure = try SpectrogramFigure(of: excerpt.source, workers: workers)
        done += 1
        progress(done, total)
        return (excerpt: excerpt, figure: figure)
      }
    }
    let top = shown.joined().reduce(-.infinity) { max($0, $1.figure.image.top) }
    for row in 0..<(sides.map(\.sounds.count).max() ?? 0) {
      try page.write("<article class=\"card\"><div class=\"sides\">\n")
      for (side, pictures) in zip(sides, shown) where row < side.sounds.count {
        let (name, picture) = (side.sounds[row].sound.name, pictures[row])
        try page.sound(
          picture.excerpt, heading: "\(side.heading): \(name)\(side.sounds[row].score)", name: name,
          figure: picture.figure, top: top)
      }
      try page.write("</div></article>\n")
    }
  }

  private var limit: String { "Of each sound at most the first \(NumberText.round(seconds)) s are shown and played." }

  /// `count` evenly spaced elements, including the first and the last.
  static func spread<Element>(_ elements: [Element], count: Int) -> [Element] {
    if elements.count <= count { return elements }
    if count < 2 { return Array(elements.suffix(count)) }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
  }
}

/// The outputs without references that a report shows and plays: the worst and the best by a metric of single sounds.
struct OutputSelection {
  /// A sound that is shown.
  struct Shown {
    let sound: String
    /// What follows its name: its score after a comma, or nothing.
    let score: String
  }

  /// The metric.
  let metric: Metric
  private let result: EvaluationResult

  /// A selection by a metric; nil where it has no better and worse, or no scores of outputs.
  init?(_ result: EvaluationResult, by metric: Metric) {
    if metric.direction == .neither || !result.sounds.contains(where: { $0.scores[metric.name] != nil }) { return nil }
    (self.metric, self.result) = (metric, result)
  }

  /// At most `count` outputs, half of them the worst, the worst first, then the best, the best last.
  func ranked(_ count: Int) -> [Shown] {
    let unit = metric.unit.isEmpty ? "" : " " + metric.unit
    let sign = metric.direction == .higherIsBetter ? 1.0 : -1.0
    let all = result.sounds.enumerated().compactMap { index, sound in
      sound.scores[metric.name].map { (index: index, name: sound.generated, value: $0) }
    }.sorted { (sign * $0.value, $0.index) < (sign * $1.value, $1.index) }
    let chosen = all.count <= count ? all : Array(all.prefix(count / 2)) + all.suffix(count - count / 2)
    return chosen.map {
      Shown(sound: $0.name, score: ", \(metric.name) \(NumberText.short($0.value))\(unit)")
    }
  }
}

/// The selection of pairs that a report shows and plays.
struct PairSelection: Equatable {
  /// The metric that pairs were ranked by; nil where no metric ranks them.
  let metric: Metric?
  /// The worst pairs, the worst first.
  let worst: [PairScores]
  /// Of the others, those nearest to the median.
  let typical: [PairScores]

  /// Selects pairs by a metric; those without a value are the worst.
  ///
  /// - Parameter metric: nil for the first one with a direction and a score.
  init(_ result: EvaluationResult, by metric: Metric?, worst worstCount: Int, typical typicalCount: Int) {
    let metric =
      metric
      ?? result.metrics.first { metric in
        metric.direction != .neither && result.pairs.contains { $0.scores[metric.name] != nil }
      }
    self.metric = metric
    guard let metric else {
      worst = []
      typical = Array(result.pairs.prefix(worstCount + typicalCount))
      return
    }
    let sign = metric.direction == .higherIsBetter ? 1.0 : -1.0
    func key(_ pair: PairScores) -> Double { pair.scores[metric.name].map { sign * $0 } ?? -.infinity }
    // Ties keep the order of the pairs, so that the same result always gives the same page.
    let ranked = result.pairs.enumerated().sorted { (key($0.element), $0.offset) < (key($1.element), $1.offset) }
    worst = ranked.prefix(worstCount).map(\.element)
    let median = result.aggregate[metric.name]?.median ?? 0
    func distance(_ pair: PairScores) -> Double { pair.scores[metric.name].map { abs($0 - median) } ?? .infinity }
    typical = ranked.dropFirst(worstCount).filter { $0.element.scores[metric.name] != nil }
      .sorted { (distance($0.element), $0.offset) < (distance($1.element), $1.offset) }
      .prefix(typicalCount).map(\.element)
  }
}
