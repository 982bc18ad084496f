#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A scale of pitch on which equal steps sound about equally large.
public enum MelScale: String, Sendable, Equatable, Codable, CaseIterable {
  /// Linear below 1,000 Hz (3 mel per 200 Hz), then logarithmic: 27 steps for a factor of 6.4.
  ///
  /// - Source: Slaney 1998, Auditory Toolbox; librosa's default.
  case slaney
  /// 2595 log₁₀(1 + f/700).
  ///
  /// - Source: O'Shaughnessy 1987; the HTK book; torchaudio's default.
  case htk

  private static let linearStep = 200.0 / 3
  private static let corner = 1000.0
  private static let logarithmicStep = log(6.4) / 27

  /// The mel value of a frequency in Hz.
  public func mel(frequency: Double) -> Double {
    switch self {
    case .htk: return 2595 * log10(1 + frequency / 700)
    case .slaney:
      let cornerMel = MelScale.corner / MelScale.linearStep
      return frequency < MelScale.corner
        ? frequency / MelScale.linearStep : cornerMel + log(frequency / MelScale.corner) / MelScale.logarithmicStep
    }
  }

  /// The frequency in Hz of a mel value.
  public func frequency(mel: Double) -> Double {
    switch self {
    case .htk: return 700 * (pow(10, mel / 2595) - 1)
    case .slaney:
      let cornerMel = MelScale.corner / MelScale.linearStep
      return mel < cornerMel
        ? mel * MelScale.linearStep : MelScale.corner * exp(MelScale.logarithmicStep * (mel - cornerMel))
    }
  }

  /// `count` frequencies in Hz from `low` to `high`, equidistant on this scale.
  package func frequencies(from low: Double, to high: Double, count: Int) -> [Double] {
    let (first, last) = (mel(frequency: low), mel(frequency: high))
    return (0..<count).map { frequency(mel: first + (last - first) * Double($0) / Double(count - 1)) }
  }
}
