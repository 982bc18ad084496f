import Foundation
import KodamaSpectra

/// What `levels_golden.py` wrote.
struct LevelsGolden: Decodable, Sendable {
  struct Track: Decodable, Sendable {
    let frequencies: [Double]
    let isVoiced: [Bool]
  }

  struct TrackCase: Decodable, Sendable {
    let channel: Channel
    let yin, pyin: Track
  }

  struct PairCase: Decodable, Sendable {
    let reference, generated: [Channel]
    let scores: [String: Double?]
  }

  struct SetCase: Decodable, Sendable {
    let reference, generated: [Channel]
    let distance, inTune: Double

    private enum CodingKeys: String, CodingKey {
      case reference, generated
      case distance = "band-wasserstein"
      case inTune = "in-tune"
    }
  }

  let tracks: [TrackCase]
  let pairs: [PairCase]
  let sets: SetCase

  static let all: LevelsGolden = {
    do { return try JSONDecoder().decode(LevelsGolden.self, from: Golden.file("levels.json")) } catch {
      fatalError("levels.json: \(error)")
    }
  }()
}
