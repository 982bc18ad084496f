import Foundation
import KodamaSignal

/// What `features_golden.py` wrote.
struct FeaturesGolden: Decodable, Sendable {
  /// Some frames of the features of a signal.
  struct LogMelCase: Decodable, Sendable {
    let signal: Signal
    let convention: LogMelConvention
    let frames: Int
    let rows: [Int]
    let values: [[Float]]
  }

  let logMel: [LogMelCase]

  static let all: FeaturesGolden = {
    do { return try JSONDecoder().decode(FeaturesGolden.self, from: Golden.file("features.json")) } catch {
      fatalError("features.json: \(error)")
    }
  }()
}
