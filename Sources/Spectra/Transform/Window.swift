#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A window function.
///
/// All windows but one are periodic: w[n] = Σ_k (−1)^k a_k cos(2πkn / length), n = 0..<length. The next value would be
/// the first again, as for scipy's `get_window` and `torch.hann_window` by default.
public enum Window: String, Sendable, Equatable, Codable, CaseIterable {
  /// a = ½, ½. Von Hann's window, the default everywhere in this package.
  case hann
  /// a = 0.54, 0.46. As in scipy; torch's default has the same values.
  case hamming
  /// a = 0.54, 0.46 over length − 1 in place of length: the last value is the first again, as in SPTK.
  case symmetricHamming
  /// a = 0.42, 0.5, 0.08.
  case blackman
  /// a = 1: no weighting.
  case rectangular

  /// The values of the window, all in [0, 1] up to rounding.
  ///
  /// - Precondition: length > 0.
  public func values(length: Int) -> [Double] {
    precondition(length > 0, "a window needs a positive length, not \(length)")
    if length == 1 { return [1] }
    let period = self == .symmetricHamming ? length - 1 : length
    let coefficients = coefficients
    // cos 0 = 1, so a rectangle needs no cosine.
    return (0..<length).map { n in
      var value = coefficients[0]
      for k in 1..<coefficients.count {
        value += coefficients[k] * cos(2 * Double.pi * Double(k * n) / Double(period))
      }
      return value
    }
  }

  /// The coefficients of the cosines, signs included.
  private var coefficients: [Double] {
    switch self {
    case .hann: [0.5, -0.5]
    case .hamming, .symmetricHamming: [0.54, -0.46]
    case .blackman: [0.42, -0.5, 0.08]
    case .rectangular: [1]
    }
  }
}
