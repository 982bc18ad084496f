import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The signals of `spectra_golden.py` and `levels_golden.py`, made again.
struct Signal: Decodable, Sendable, CustomStringConvertible {
  enum Kind: String, Decodable { case chirp, noise, mixture, silence, impulse, square, constant, voice }

  var kind: Kind
  var count: Int
  var rate = 16_000
  var seed: UInt64 = 0

  var description: String { "\(kind) of \(count) samples at \(rate) Hz" }

  var samples: [Float] {
    switch kind {
    case .chirp: chirp.map { Float($0) }
    case .noise: noise.map { Float($0) }
    case .mixture: zip(chirp, noise).map { Float(0.5 * $0 + 0.1 * $1) }
    case .silence: [Float](repeating: 0, count: count)
    case .impulse: (0..<count).map { $0 == Int(seed) ? 1 : 0 }
    case .square: (0..<count).map { $0 / 25 % 2 == 0 ? 1 : -1 }
    case .constant: [Float](repeating: 0.25, count: count)
    case .voice: voice
    }
  }

  private var chirp: [Double] {
    let rate = Double(rate)
    let slope = (0.45 * rate - 100) / (Double(count) / rate)
    return (0..<count).map { index in
      let t = Double(index) / rate
      return 0.6 * sin(2 * Double.pi * (100 * t + slope * t * t / 2)) + 0.2 * sin(2 * Double.pi * 0.11 * rate * t)
    }
  }

  private var voice: [Float] {
    let rate = Double(rate)
    let frequency = 110 + 10 * Double(seed)
    return noise.enumerated().map { index, noise in
      let t = Double(index) / rate
      let phase = 2 * Double.pi * frequency * t - 20.0 / 3 * cos(2 * Double.pi * 3 * t)
      var tone = 0.0
      if index * 4 / count != 2 {
        for harmonic in 1...8 { tone += 0.3 / Double(harmonic) * sin(Double(harmonic) * phase) }
      }
      return Float(tone + 0.05 * noise)
    }
  }

  private var noise: [Double] {
    var generator = Philox(seed: seed)
    return (0..<count).map { _ in 0.3 * (2 * generator.uniform() - 1) }
  }
}
