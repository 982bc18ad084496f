import KodamaCore
import KodamaInference
import KodamaWaveNets

/// One search: what has been measured so far, and the choices that follow.
struct SearchMeasurements {
  /// The search is to end early.
  struct Interruption: Error {}

  /// A model that was measured whole.
  struct Point {
    let choices: [Int]
    let bytes: Int
    /// Of a sample of one stream.
    let seconds: Double
    let loss: Double
    let name: String?
    /// What chose it; nothing of a model of one precision, which are measured for all.
    var foundBy: Set<ModelSearcher> = []

    /// The size of the loss. A model that predicts recordings of another kind is bettered by whatever ruins its
    /// predictions, and a gain counts as a change like a loss.
    var change: Double { abs(loss) }
  }

  private let search: CompressionSearch
  private let progress: (_ share: Double, _ work: String) -> Void
  private let isInterrupted: () -> Bool
  /// Points in the order of their measurement, the original first.
  private(set) var points: [Point] = []
  /// Models that were chosen to be measured.
  private(set) var evaluations: [ModelSearcher: Int] = [:]
  /// The models of an agent beside those of the greedy search.
  private(set) var comparison: SearchComparison?
  private var speed: SpeedComparison?
  /// Seconds of a sample of the original.
  private var originalSeconds = 0.0
  /// The share of the work that is done.
  private var share = 0.0

  /// Points along the path of the search.
  static let pathPoints = 6
  /// Points near a target: so many that meet it, of so many at most.
  private static let nearTarget = (meeting: 4, measured: 10)
  /// Points of a larger estimated loss, in bits per sample, are not measured along the path.
  static let pathLoss = 1.0

  init(
    _ search: CompressionSearch, progress: @escaping (_ share: Double, _ work: String) -> Void,
    isInterrupted: @escaping () -> Bool
  ) {
    (self.search, self.progress, self.isInterrupted) = (search, progress, isInterrupted)
  }

  /// Measures, chooses and reports.
  ///
  /// - Parameter agent: chooses models too; nil for the greedy search alone.
  mutating func result(for target: CompressionTarget, agent: SearchAgent?) throws -> CompressionSearch.Result {
    try checkBytes(target)
    let (times, sharings) = try measureTimes()
    try measureUniform()
    try checkSpeed(target, times)
    let losses = try measureLosses()
    var space = space(times, losses)
    // Choices without a finite loss are left out, and choices that remain are numbered anew.
    let kept = space.groups.map { choices in choices.indices.filter { choices[$0].loss.isFinite } }
    space.groups = zip(space.groups, kept).map { choices, kept in kept.map { choices[$0] } }
    space.sharings = sharings
    try measurePath(space, kept, target)
    if let agent {
      try measureAgent(
        space, kept, target, seed: agent.seed, evaluations: agent.evaluations ?? evaluations[.greedy] ?? 1)
      let isSize = if case .bytes = target { true } else { false }
      comparison = SearchComparison(
        points.map { .init(cost: isSize ? Double($0.bytes) : $0.seconds, loss: $0.change, foundBy: $0.foundBy) },
        isSize: isSize, seed: agent.seed, evaluations: evaluations, largestLoss: Self.pathLoss)
    }
    guard let chosen = best(for: target) else { throw outOfReach(target) }
    progress(1, "")
    let report = CompressionSearchReport(search, self, target: target, chosen: chosen, times: times, losses: losses)
    return CompressionSearch.Result(model: search.model(points[chosen].choices), report: report)
  }

  /// - Parameter share: the share of the work that is done; nil for what it was.
  mutating func step(_ share: Double? = nil, _ work: String) throws {
    self.share = share ?? self.share
    progress(self.share, work)
    if isInterrupted() { throw Interruption() }
  }

  // MARK: Targets

  /// The index of the best point that meets a target.
  private func best(for target: CompressionTarget) -> Int? {
    let meeting = points.indices.filter { Self.meets(points[$0], target) }
    func key(_ index: Int) -> (Double, Int, Int) {
      let point = points[index]
      if case .bitsPerSampleLost = target { return (point.seconds, point.bytes, index) }
      return (point.change, point.bytes, index)
    }
    return meeting.min { key($0) < key($1) }
  }

  static func meets(_ point: Point, _ target: CompressionTarget) -> Bool {
    switch target {
    case .bytes(let limit): point.bytes <= limit
    case .samplesPerSecond(let limit): 1 / point.seconds >= limit
    case .bitsPerSampleLost(let limit): point.change <= limit
    }
  }

  /// The measured point that comes nearest to a target.
  private func outOfReach(_ target: CompressionTarget) -> CompressionFault {
    func nearest(_ distance: (Point) -> Double) -> Point { points.min { distance($0) < distance($1) } ?? points[0] }
    switch target {
    case .bytes:
      let point = nearest { Double($0.bytes) }
      return .outOfReach(target, nearest: .bytes(point.bytes), bitsPerSampleLost: point.loss)
    case .samplesPerSecond:
      let point = nearest(\.seconds)
      return .outOfReach(target, nearest: .samplesPerSecond(1 / point.seconds), bitsPerSampleLost: point.loss)
    case .bitsPerSampleLost:
      return .outOfReach(target, nearest: .bitsPerSampleLost(nearest(\.change).loss), bitsPerSampleLost: nil)
    }
  }

  /// Throws where even the smallest forms have more bytes: at once, since bytes need no measuring.
  private mutating func checkBytes(_ target: CompressionTarget) throws {
    guard case .bytes(let limit) = target else { return }
    let choices = search.forms.map { forms in forms.indices.min { forms[$0].bytes < forms[$1].bytes } ?? 0 }
    let model = search.model(choices)
    if model.weightBytes <= limit { return }
    try step(0, "measuring the smallest")
    let bits = try model.bitsPerSample(on: search.signals, search.conditions, workers: search.workers)
    throw CompressionFault.outOfReach(
      target, nearest: .bytes(model.weightBytes),
      bitsPerSampleLost: bits.isFinite ? bits - search.bitsPerSample : nil)
  }

  /// Throws where no model of the fastest forms is fast enough.
  private mutating func checkSpeed(_ target: CompressionTarget, _ times: [[Double]]) throws {
    guard case .samplesPerSecond = target else { return }
    try measure(times.map { times in times.indices.min { times[$0] < times[$1] } ?? 0 }, by: .greedy)
    if best(for: target) != nil { return }
    for form in LayerForm.all where form.sparsity > 0 {
      try measure(search.groups.indices.map { search.choice(of: $0, form) }, by: .greedy)
    }
    if best(for: target) == nil { throw outOfReach(target) }
  }

  // MARK: Measuring

  /// Measures the loss and the speed of a model, unless it has been measured.
  ///
  /// - Parameter searcher: what chose it; nil for a model of one precision.
  /// - Returns: the point; nil where its loss is not finite.
  @discardableResult mutating func measure(
    _ choices: [Int], name: String? = nil, by searcher: ModelSearcher? = nil
  ) throws -> Point? {
    if let searcher { evaluations[searcher, default: 0] += 1 }
    if let known = points.firstIndex(where: { $0.choices == choices }) {
      if let searcher, points[known].name == nil { points[known].foundBy.insert(searcher) }
      return points[known]
    }
    try step(min(0.99, share + 0.01), "measuring models")
    let model = search.model(choices)
    let isOriginal = choices.allSatisfy { $0 == 0 }
    let bits =
      isOriginal
      ? search.bitsPerSample
      : try model.bitsPerSample(on: search.signals, search.conditions, workers: search.workers)
    guard bits.isFinite else { return nil }
    let ratio = isOriginal ? 1 : try speed?.ratio(of: model) ?? 1
    let point = Point(
      choices: choices, bytes: model.weightBytes, seconds: originalSeconds * ratio, loss: bits - search.bitsPerSample,
      name: name, foundBy: searcher.map { [$0] } ?? [])
    points.append(point)
    return point
  }

  /// Measures models of one precision, without zeros of the search's own.
  private mutating func measureUniform() throws {
    for form in LayerForm.all where form.sparsity == 0 {
      try measure(search.groups.indices.map { search.choice(of: $0, form) }, name: form.precision.rawValue)
    }
  }

  /// Seconds that a sample takes longer with each form of each group, and what groups with common inputs save: measured
  /// of all groups of a kind together, and divided by multiply-adds.
  private mutating func measureTimes() throws -> (times: [[Double]], sharings: [SearchSpace.Sharing]) {
    var speed = try SpeedComparison(search.original)
    let kinds = Set(search.groups.map(\.kind)).sorted()
    var ratios: [String: [LayerForm: Double]] = [:]
    for (index, kind) in kinds.enumerated() {
      for form in LayerForm.all.dropFirst() {
        try step(0.2 * Double(index) / Double(kinds.count), "timing forms of \(kind)")
        ratios[kind, default: [:]][form] = try speed.ratio(of: search.model(form) { $0.kind == kind }) - 1
      }
    }
    let sharing = SharedInputs(search)
    var saved: [SharedInputs.Pair: [Int: Double]] = [:]
    for pair in sharing.kinds {
      for (operand, form) in SharedInputs.operands.enumerated().dropFirst() {
        try step(0.2, "timing inputs in common")
        let both = try speed.ratio(of: search.model(form) { [pair.first, pair.second].contains($0.kind) }) - 1
        let apart = [pair.first, pair.second].reduce(0) { $0 + (ratios[$1]?[form] ?? 0) }
        saved[pair, default: [:]][operand] = max(0, apart - both)
      }
    }
    (originalSeconds, self.speed) = (speed.seconds, speed)
    let work = search.groups.indices.map { search.forms[$0][0].layers.reduce(0) { $0 + $1.multiplyAdds } }
    let times = search.groups.indices.map { group in
      let kind = search.groups[group].kind
      let all = search.groups.indices.filter { search.groups[$0].kind == kind }.reduce(0) { $0 + work[$1] }
      return search.forms[group].map { form in
        originalSeconds * (ratios[kind]?[form.form] ?? 0) * Double(work[group]) / Double(max(1, all))
      }
    }
    return (times, sharing.sharings { saved[$0]?.mapValues { $0 * originalSeconds } ?? [:] })
  }

  /// Bits per sample that each form of each group loses alone, on a part of the signals: the size of the change.
  private mutating func measureLosses() throws -> [[Double]] {
    let search = search
    let before = try search.original.bitsPerSample(on: search.part, search.conditions, workers: search.workers)
    let all = search.forms.indices.flatMap { group in search.forms[group].indices.dropFirst().map { (group, $0) } }
    var losses = search.forms.map { [Double](repeating: 0, count: $0.count) }
    let chunk = 2 * search.workers.threads
    for start in stride(from: 0, to: all.count, by: chunk) {
      try step(0.3 + 0.5 * Double(start) / Double(all.count), "measuring the loss of each form")
      let some = Array(all[start..<min(start + chunk, all.count)])
      let found = search.workers.map(parts: some.count) { number in
        Swift.Result {
          var choices = [Int](repeating: 0, count: search.groups.count)
          choices[some[number].0] = some[number].1
          return try search.model(choices).bitsPerSample(on: search.part, search.conditions, workers: .serial)
        }
      }
      for (place, bits) in zip(some, found) {
        let loss = try bits.get() - before
        losses[place.0][place.1] = loss.isFinite ? abs(loss) : .infinity
      }
    }
    return losses
  }

  private func space(_ times: [[Double]], _ losses: [[Double]]) -> SearchSpace {
    let groups = search.forms.indices.map { group in
      search.forms[group].indices.map { index in
        let form = search.forms[group][index]
        return SearchSpace.Choice(
          bytes: form.bytes, seconds: times[group][index], loss: losses[group][index],
          operand: SharedInputs.operand(of: form.form.precision))
      }
    }
    // What is no choice, such as tables, of a model with integers, as most that are small have.
    let other = search.forms.map { forms in forms.firstIndex { $0.form.precision.hasIntegerInputs } ?? 0 }
    let fixedBytes = search.model(other).weightBytes - zip(groups, other).reduce(0) { $0 + $1.0[$1.1].bytes }
    return SearchSpace(fixedBytes: fixedBytes, fixedSeconds: originalSeconds, groups: groups)
  }

  // MARK: The path

  /// Measures models along the path of a search, and near the target.
  ///
  /// - Parameter kept: the indices of the forms that are the choices of the space.
  private mutating func measurePath(_ space: SearchSpace, _ kept: [[Int]], _ target: CompressionTarget) throws {
    let isSize = if case .bytes = target { true } else { false }
    let front = SearchFront(space, saving: isSize ? .bytes : .seconds)
    var (losses, seconds) = (MeasuredCurve(from: 0), MeasuredCurve(from: originalSeconds))
    func choices(_ point: SearchFront.Point) -> [Int] { zip(kept, point.choices).map { $0[$1] } }
    /// Whether it is finite and meets the target.
    func measure(_ point: SearchFront.Point, _ own: inout SearchMeasurements) throws -> Bool {
      guard let measured = try own.measure(choices(point), by: .greedy) else { return false }
      losses.add(point.estimate.loss, measured: measured.change)
      seconds.add(point.estimate.seconds, measured: measured.seconds)
      return Self.meets(measured, target)
    }
    let shown = front.points.filter { $0.estimate.loss <= Self.pathLoss }
    for number in 0..<min(Self.pathPoints, shown.count) {
      let index = number * (shown.count - 1) / max(1, min(Self.pathPoints, shown.count) - 1)
      _ = try measure(shown[index], &self)
    }
    var (meeting, measured) = (0, Set(points.map(\.choices)))
    for _ in 0..<Self.nearTarget.measured where meeting < Self.nearTarget.meeting {
      let open = front.points.filter { !measured.contains(choices($0)) }
      let next: SearchFront.Point? =
        switch target {
        case .bytes(let limit): open.last { $0.estimate.bytes <= limit }
        case .samplesPerSecond(let limit):
          open.last { seconds($0.estimate.seconds) <= 1 / limit }
        case .bitsPerSampleLost(let limit): open.first { losses($0.estimate.loss) <= limit }
        }
      guard let next else { break }
      measured.insert(choices(next))
      if try measure(next, &self) { meeting += 1 }
    }
  }
}

extension InferenceLayer {
  /// Multiply-adds of a step.
  var multiplyAdds: Int { outputs * channels * taps }
}
