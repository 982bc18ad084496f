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

  /// What three iterations make of a signal's magnitudes, from phases of zero on.
  struct GriffinLimCase: Decodable, Sendable {
    let signal: Signal
    let fft, hop, windowLength: Int
    let momentum: Double
    let samples: [Float]
  }

  /// How close librosa's sound of a recording's features comes to the recording.
  struct InverseCase: Decodable, Sendable {
    let recording: String
    let convention: LogMelConvention
    let spectralConvergence, logMelDistance: Double
  }

  let logMel: [LogMelCase]
  let griffinLim: [GriffinLimCase]
  let inverses: [InverseCase]

  static let all: FeaturesGolden = {
    do { return try JSONDecoder().decode(FeaturesGolden.self, from: Golden.file("features.json")) } catch {
      fatalError("features.json: \(error)")
    }
  }()
}
