import KodamaCore

/// The two sides of a comparison.
enum Side: Sendable {
  case reference
  case generated
}

/// The summaries of two sets for one measurement, accumulated sound by sound. A summary has the measurement's own type
/// and is passed on opaquely.
protocol SetAccumulator: Sendable {
  /// The metrics of the measurement.
  var metrics: [Metric] { get }
  /// The summary of one sound.
  func summary(of source: any SampleSource, workers: Workers) throws -> any Sendable
  /// Writes a summary, for another process.
  func encode(_ summary: any Sendable, to container: inout any UnkeyedEncodingContainer) throws
  /// Reads a summary of another process.
  func decode(from container: inout any UnkeyedDecodingContainer) throws -> any Sendable
  /// The scores of two sounds.
  func scores(reference: any Sendable, generated: any Sendable) -> [(Metric, Score)]
  /// Adds a sound to one set.
  mutating func add(_ summary: any Sendable, to side: Side)
  /// Removes all sounds from the generated set.
  mutating func removeGenerated()
  /// The scores of the two sets.
  func scores() -> [(Metric, Score)]
}

extension SetMeasurement {
  /// An accumulator without sounds.
  static func accumulator() -> any SetAccumulator { AccumulatorOf<Self>() }
}

private struct AccumulatorOf<Measurement: SetMeasurement>: SetAccumulator {
  private var reference: Measurement.Summary?
  private var generated: Measurement.Summary?

  var metrics: [Metric] { Measurement.metrics }

  func summary(of source: any SampleSource, workers: Workers) throws -> any Sendable {
    try Measurement.summary(of: source, workers: workers)
  }

  func encode(_ summary: any Sendable, to container: inout any UnkeyedEncodingContainer) throws {
    try container.encode(own(summary))
  }

  func decode(from container: inout any UnkeyedDecodingContainer) throws -> any Sendable {
    try container.decode(Measurement.Summary.self)
  }

  func scores(reference: any Sendable, generated: any Sendable) -> [(Metric, Score)] {
    let scores = Measurement.compare(reference: own(reference), generated: own(generated))
    return Array(zip(Measurement.metrics, scores))
  }

  mutating func add(_ summary: any Sendable, to side: Side) {
    switch side {
    case .reference: add(own(summary), to: \.reference)
    case .generated: add(own(summary), to: \.generated)
    }
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
    // The set releases its sum, so that it is updated in place.
    self[keyPath: set] = nil
    Measurement.add(summary, to: &sum)
    self[keyPath: set] = sum
  }

  private func own(_ summary: any Sendable) -> Measurement.Summary {
    guard let summary = summary as? Measurement.Summary else {
      preconditionFailure("a summary of \(Measurement.self) is a \(Measurement.Summary.self), not \(type(of: summary))")
    }
    return summary
  }
}
