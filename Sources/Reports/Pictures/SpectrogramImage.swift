import KodamaSignal
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which frequencies lie at which height.
public enum FrequencyScale: String, Sendable, Equatable, CaseIterable {
  /// Equal steps in Hz.
  case linear
  /// Equal steps in mel (Slaney's scale): more room for the low frequencies, as the ear has it.
  case mel

  /// How far up from 0 Hz towards `highest` Hz a frequency lies, 0...1.
  func height(of frequency: Double, highest: Double) -> Double {
    switch self {
    case .linear: frequency / highest
    case .mel: MelScale.slaney.mel(frequency: frequency) / MelScale.slaney.mel(frequency: highest)
    }
  }

  /// The frequency at a height: the inverse of `height`.
  func frequency(at height: Double, highest: Double) -> Double {
    switch self {
    case .linear: height * highest
    case .mel: MelScale.slaney.frequency(mel: height * MelScale.slaney.mel(frequency: highest))
    }
  }
}

/// Levels in dB on a grid of pixels.
struct SpectrogramImage: Sendable, Equatable {
  let width: Int
  let height: Int
  /// dB relative to a full-scale sine, row after row from the highest frequency down.
  let decibels: [Float]

  /// - Parameters:
  ///   - power: one column covers as many pixels as it must.
  ///   - fullScalePower: the power of a full-scale sine.
  ///   - highest: the frequency of the last bin, in Hz.
  ///   - reduction: what becomes of several bins in one pixel; between bins is interpolated.
  init(
    _ power: STFT.Overview, fullScalePower: Double, highest: Double, width: Int, height: Int, scale: FrequencyScale,
    reduction: STFT.Reduction
  ) {
    self.width = width
    self.height = height
    let binsPerHertz = Double(power.bins - 1) / highest
    let bands = (0..<height).map { row in
      [row + 1, row].map { edge in
        scale.frequency(at: 1 - Double(edge) / Double(height), highest: highest) * binsPerHertz
      }
    }
    var decibels = [Float](repeating: 0, count: width * height)
    for x in 0..<width {
      let column = power[column: x * power.columns / width]
      for (row, band) in bands.enumerated() {
        let level = SpectrogramImage.level(column, band[0], band[1], reduction) / fullScalePower
        decibels[row * width + x] = Float(10 * log10(max(level, 1e-20)))
      }
    }
    self.decibels = decibels
  }

  /// The power between two places on the axis of bins.
  private static func level(
    _ column: ArraySlice<Double>, _ low: Double, _ high: Double, _ reduction: STFT.Reduction
  ) -> Double {
    let first = Int(low.rounded(.up))
    let last = min(column.count - 1, Int(high.rounded(.down)))
    if first < last {
      let bins = column[column.startIndex + first...column.startIndex + last]
      return reduction == .maximum ? bins.max() ?? 0 : bins.reduce(0, +) / Double(bins.count)
    }
    let middle = (low + high) / 2
    let below = min(column.count - 1, Int(middle))
    let above = min(column.count - 1, below + 1)
    let share = middle - Double(below)
    return column[column.startIndex + below] * (1 - share) + column[column.startIndex + above] * share
  }
}
