import KodamaCore

// Metrics of one sound at a time, where scores are wanted rather than their statistics.

extension Metric {
  /// The score of a sound by a metric of single sounds.
  ///
  /// - Precondition: the scope is `.sounds`.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  package func score(of source: any SampleSource, workers: Workers = .serial) throws -> Score {
    let sound = MeasuredSound(source, for: [self])
    for measurement in Metric.soundMeasurements {
      guard let index = measurement.metrics.firstIndex(of: self) else { continue }
      return try measurement.measure(sound, workers: workers)[index]
    }
    preconditionFailure("\(name) is no metric of single sounds")
  }
}

/// The distances of single sounds from one set, whose sounds are read once.
package struct SetDistance: Sendable {
  /// The metric.
  package let metric: Metric
  private let accumulator: any SetAccumulator

  /// Reads the sounds of a set.
  ///
  /// - Precondition: the scope of the metric is `.sets`, and the sounds have one rate and one channel.
  /// - Throws: `SpectraFault.emptySet` without sounds, `.notFinite`; errors of opening and reading.
  package init(_ metric: Metric, from sounds: [Sound], workers: Workers = .all) throws {
    if sounds.isEmpty { throw SpectraFault.emptySet(side: "reference") }
    guard let measurement = Metric.setMeasurements.first(where: { $0.metrics.contains(metric) }) else {
      preconditionFailure("\(metric.name) is no metric of sets")
    }
    var accumulator = measurement.accumulator()
    for sound in sounds {
      let measured = MeasuredSound(try sound.open(), for: [metric])
      accumulator.add(try accumulator.summary(of: measured, workers: workers), to: .reference)
    }
    (self.metric, self.accumulator) = (metric, accumulator)
  }

  /// The distance of a sound of the set's rate.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  package func score(of source: any SampleSource, workers: Workers = .serial) throws -> Score {
    var accumulator = accumulator
    let measured = MeasuredSound(source, for: [metric])
    accumulator.add(try accumulator.summary(of: measured, workers: workers), to: .generated)
    return accumulator.scores().first { $0.0 == metric }?.1 ?? .noSamples
  }
}
