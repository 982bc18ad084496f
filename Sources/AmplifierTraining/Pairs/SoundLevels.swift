import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The level of a recording, its clipping, and where its sound starts.
struct SoundLevels {
  /// The largest magnitude.
  private(set) var peak: Float = 0
  /// The places with at least three samples at full scale in a row.
  private(set) var clippedPlaces = 0
  /// The first sample of the first such place.
  private(set) var firstClipped: Int?
  /// The root mean square of the loud windows: those at most 40 dB below the loudest.
  private(set) var level = 0.0
  /// The first sample of the first loud window.
  private(set) var firstSound = 0

  /// Seconds of a window.
  private static let window = 0.01
  /// Full scale of 16 bits, less two steps.
  private static let fullScale = 0.9999...1.0001 as ClosedRange<Float>
  private static let clippedRun = 3

  init(of samples: [Float], sampleRate: Int) {
    let window = max(1, Int(Self.window * Double(sampleRate)))
    var energies: [Double] = []
    energies.reserveCapacity(samples.count / window + 1)
    for start in stride(from: 0, to: samples.count, by: window) {
      var energy = 0.0
      for sample in samples[start..<min(samples.count, start + window)] {
        peak = max(peak, sample.magnitude)
        energy += Double(sample) * Double(sample)
      }
      energies.append(energy)
    }
    if peak >= Self.fullScale.lowerBound { countClipping(samples) }
    let least = (energies.max() ?? 0) * 1e-4
    let loud = energies.indices.filter { energies[$0] > 0 && energies[$0] >= least }
    firstSound = (loud.first ?? 0) * window
    if !loud.isEmpty {
      level = (loud.reduce(0) { $0 + energies[$1] } / Double(loud.count * window)).squareRoot()
    }
  }

  private mutating func countClipping(_ samples: [Float]) {
    var (run, last): (Int, Float) = (0, 0)
    for (index, sample) in samples.enumerated() {
      let isFull = Self.fullScale.contains(sample.magnitude)
      run = isFull ? (run > 0 && (sample < 0) == (last < 0) ? run + 1 : 1) : 0
      last = sample
      if run == Self.clippedRun {
        clippedPlaces += 1
        if firstClipped == nil { firstClipped = index - Self.clippedRun + 1 }
      }
    }
  }

  /// The root mean square of some samples.
  static func rootMeanSquare(_ samples: ArraySlice<Float>) -> Double {
    samples.isEmpty ? 0 : (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }

  /// A magnitude in dB of full scale; nil for 0.
  static func decibels(_ magnitude: Double) -> Double? { magnitude > 0 ? 20 * log10(magnitude) : nil }
}
