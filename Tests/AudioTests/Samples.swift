import Foundation
import KodamaCore

@testable import KodamaAudio

/// Sounds for tests.
enum Samples {
  /// Uniform noise in ±0.5.
  static func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var generator = Philox(seed: seed)
    return (0..<count).map { _ in Float(generator.uniform() - 0.5) }
  }

  /// A sine of an amplitude.
  static func sine(_ count: Int, hertz: Double, sampleRate: Int, amplitude: Double = 0.5) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * Double.pi * hertz * Double($0) / Double(sampleRate))) }
  }
}

/// The memory of this process.
enum Memory {
  /// The largest resident size so far, in KiB.
  static var peakKilobytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }
}
