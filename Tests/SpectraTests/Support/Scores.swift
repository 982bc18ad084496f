import KodamaCore
import TestSupport
import Testing

@testable import KodamaSpectra

/// Every metric of a pair.
enum Scores {
  static func all(
    reference: any SampleSource, generated: any SampleSource, workers: Workers = .all
  ) throws -> [String: Score] {
    var scores: [String: Score] = [:]
    for measurement in Metric.pairMeasurements {
      let measured = try measurement.measure(reference: reference, generated: generated, workers: workers)
      for (metric, score) in try paired(measurement.metrics, measured) { scores[metric.name] = score }
    }
    for measurement in Metric.soundMeasurements {
      let measured = try measurement.measure(generated, workers: workers)
      for (metric, score) in try paired(measurement.metrics, measured) { scores[metric.name] = score }
    }
    for measurement in Metric.setMeasurements {
      let accumulator = measurement.accumulator()
      let (first, second) = (
        try accumulator.summary(of: reference, workers: workers),
        try accumulator.summary(of: generated, workers: workers)
      )
      for (metric, score) in accumulator.scores(reference: first, generated: second) { scores[metric.name] = score }
    }
    return scores
  }

  /// The scores of two sounds by one measurement of sets.
  static func all<Measurement: SetMeasurement>(
    of measurement: Measurement.Type, reference: any SampleSource, generated: any SampleSource
  ) throws -> [Score] {
    measurement.compare(
      reference: try measurement.summary(of: reference, workers: .serial),
      generated: try measurement.summary(of: generated, workers: .serial))
  }
}
