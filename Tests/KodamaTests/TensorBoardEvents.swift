import Kodama
import TestSupport
import Testing

@testable import KodamaReports
@testable import KodamaTraining

/// Events to write, and those that were written.
enum TensorBoardEvents {
  /// Always the same machine and time.
  static let origin = EventOrigin(host: "studio", process: 77) { 1_700_000_000 }

  /// A step that cost four bits.
  static func report(_ step: Int, rate: Double = 0.001) -> TrainingEvent {
    .step(
      StepReport(
        step: step, epoch: 0.5, seconds: 1.5, bitsPerSample: 4, learningRate: rate, gradientNorm: 0.75,
        samplesPerSecond: 1000))
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
