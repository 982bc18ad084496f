import KodamaCore

/// The summaries of two sets that grow sound by sound, for one measurement.
protocol SetTally {
  /// Adds a pair, and gives the pair's own scores.
  mutating func add(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [(Metric, Score)]
  /// Adds a sound to one set.
  mutating func add(_ source: any SampleSource, to side: Side, workers: Workers) throws
  /// Takes all sounds out of the generated set.
  mutating func removeGenerated()
  /// The scores of the two sets.
  func scores() -> [(Metric, Score)]
}

extension SetMeasurement {
  /// A tally without sounds.
  static func tally() -> any SetTally { TallyOf<Self>() }
}

private struct TallyOf<Measurement: SetMeasurement>: SetTally {
  private var reference: Measurement.Summary?
  private var generated: Measurement.Summary?

  mutating func add(
    reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws -> [(Metric, Score)] {
    let first = try Measurement.summary(of: reference, workers: workers)
    let second = try Measurement.summary(of: generated, workers: workers)
    add(first, to: \.reference)
    add(second, to: \.generated)
    return Array(zip(Measurement.metrics, Measurement.compare(reference: first, generated: second)))
  }

  mutating func add(_ source: any SampleSource, to side: Side, workers: Workers) throws {
    let summary = try Measurement.summary(of: source, workers: workers)
    add(summary, to: side == .reference ? \.reference : \.generated)
  }

  mutating func removeGenerated() { generated = nil }

  func scores() -> [(Metric, Score)] {
    guard let reference, let generated else { return [] }
    return Array(zip(Measurement.metrics, Measurement.compare(reference: reference, generated: generated)))
  }

  private mutating func add(_ summary: Measurement.Summary, to set: WritableKeyPath<Self, Measurement.Summary?>) {
    guard var sum = self[keyPath: set] else {
      self[keyPath: set] = summary
      return
    }
    Measurement.add(summary, to: &sum)
    self[keyPath: set] = sum
  }
}
