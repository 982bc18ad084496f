import Foundation

/// What `cepstra_golden.py` wrote.
struct CepstraGolden: Decodable, Sendable {
  /// The mel-cepstrum of 10^(20 · noise).
  struct Frame: Decodable, Sendable {
    let rate, fft, order: Int
    let alpha: Double
    let coefficients: [Double]
  }

  /// The best way through cepstra of noise, and pymcd's distance along it.
  struct Way: Decodable, Sendable {
    let rows, columns: Int
    let path: [[Int]]
    let distance: Double
  }

  struct Pair: Decodable, Sendable {
    let reference, generated: [Signal]
    let scores: [String: Double?]
  }

  /// Two recordings: whole, and cut to the length of the shorter.
  struct RecordingPair: Decodable, Sendable {
    let reference, generated: String
    let whole, cut: [String: Double?]
  }

  let alphas: [[Double]]
  let frames: [Frame]
  let ways: [Way]
  let pairs: [Pair]
  let recordings: [RecordingPair]

  static let all: CepstraGolden = {
    do { return try JSONDecoder().decode(CepstraGolden.self, from: Golden.file("cepstra.json")) } catch {
      fatalError("cepstra.json: \(error)")
    }
  }()
}
