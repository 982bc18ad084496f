import Foundation
import KodamaSignal
import KodamaSpectra

/// What `spectra_golden.py` wrote.
struct Golden: Decodable, Sendable {
  struct Numbers: Decodable, Sendable {
    let offset: Int
    let shape: [Int]
    /// The numbers, row-major.
    var values: [Float] { Array(Golden.numbers[offset..<offset + shape.reduce(1, *)]) }
  }

  struct STFTCase: Decodable, Sendable {
    let signal: Signal
    let fft, hop, windowLength, frames: Int
    let window: Window
    let padding: STFT.Padding
    let rows: [Int]
    let real, imaginary: Numbers
  }

  struct MelCase: Decodable, Sendable {
    let rate, fft, bands: Int
    let low: Double
    let high: Double?
    let scale: MelScale
    let normalization: MelFilterbank.Normalization
    let matrix: Numbers?
    let product: Numbers
  }

  struct MelSpectrogramCase: Decodable, Sendable {
    let convention: String
    let signal: Signal
    let values: Numbers
  }

  struct MetricCase: Decodable, Sendable {
    let reference, generated: [Signal]
    let scores: [String: Double?]
  }

  struct SetCase: Decodable, Sendable {
    let reference, generated: [Signal]
    let ltas: Double
  }

  let stft: [STFTCase]
  let mel: [MelCase]
  let melSpectrograms: [MelSpectrogramCase]
  let metrics: [MetricCase]
  let sets: SetCase

  static let all: Golden = {
    do { return try JSONDecoder().decode(Golden.self, from: file("spectra.json")) } catch {
      fatalError("spectra.json: \(error)")
    }
  }()

  private static let numbers: [Float] = {
    file("spectra.bin").withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { place -> Float in
        let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: word))
      }
    }
  }()

  static func file(_ name: String) -> Data {
    let path = Bundle.module.bundleURL.appendingPathComponent("Golden/\(name)")
    guard let data = try? Data(contentsOf: path) else { fatalError("\(path.path) is missing") }
    return data
  }
}
