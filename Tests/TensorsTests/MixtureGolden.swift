import Foundation

/// A row that `mixture_golden.py` worked out with mpmath in 80 digits.
struct MixtureGolden: Decodable, Sendable {
  let isGaussian: Bool
  let levels: Int
  let floor: Double
  let target: Int32
  let row, gradient: [Double]
  let loss: Double

  static let all: [MixtureGolden] = {
    let file = Bundle.module.bundleURL.appendingPathComponent("Golden/mixtures.json")
    do { return try JSONDecoder().decode([MixtureGolden].self, from: Data(contentsOf: file)) } catch {
      fatalError("\(file.path): \(error)")
    }
  }()
}
