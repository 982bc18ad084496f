import Kodama
import TestSupport
import Testing

@testable import KodamaReports
@testable import KodamaTraining

/// Events to write, and those that were written.
enum TensorBoardEvents {
  /// Always the same machine and time.
  static let origin = EventOrigin(host: "studio", process: 77) { 1_700_000_000 }

  private static let measures = TaskMeasures.ofSamples

  /// A validation of the weights, and of their average where one is kept.
  static func validation(_ step: Int, raw: Double, average: Double? = nil) -> TrainingEvent {
    .validation(
      ValidationReport(
        step: step, weights: [MeasuredValue(measures.loss, raw)],
        average: average.map { [MeasuredValue(measures.loss, $0)] } ?? []))
  }

  /// A step that cost four bits.
  static func report(_ step: Int, rate: Double = 0.001) -> TrainingEvent {
    .step(
      StepReport(
        step: step, epoch: 0.5, seconds: 1.5, values: [MeasuredValue(measures.loss, 4)], learningRate: rate,
        gradientNorm: 0.75, speed: MeasuredValue(measures.speed, 1000)))
  }

  /// The names of a folder's event files, in their order.
  static func files(_ folder: String) throws -> [String] {
    try names(in: folder).filter { $0.hasPrefix("events.out.tfevents.") }
  }

  /// The events of each file of a folder.
  static func read(_ folder: String) throws -> [[TensorBoardEvent]] {
    try files(folder).map { name in
      let file = try bytes(folder + "/" + name)
      let records = EventRecords(file)
      #expect(records.length == file.count, "\(name) has more than whole records")
      return try records.payloads.map { try TensorBoardEvent(serializedBytes: $0) }
    }
  }
}
