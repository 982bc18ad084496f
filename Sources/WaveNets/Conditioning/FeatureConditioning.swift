import KodamaSignal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The conditioning features of a WaveNet: features over time, such as a mel spectrogram, or a second recording.
///
/// Frame k belongs to steps k · hop ..< (k + 1) · hop; the step that predicts sample t is conditioned on the features
/// of time t. The first frame is repeated before the signal, the last one after it.
///
/// - Source: van den Oord et al. 2016, §2.5, "local conditioning".
public struct FeatureConditioning: Sendable, Equatable {
  /// The kind of features.
  public enum Source: Sendable, Equatable {
    /// Log-mel features of the signal itself, computed by this convention.
    case logMel(LogMelConvention)
    /// Frames computed by another program: `channels` numbers every `hopLength` samples.
    case frames(channels: Int, hopLength: Int)
    /// A second recording, sample by sample, such as the dry signal of an amplifier's output.
    case signal
  }

  /// The upsampling of frames to steps.
  public struct Upsampling: Sendable, Equatable {
    /// The methods.
    public enum Method: String, Sendable, Equatable, CaseIterable {
      /// Repeats each frame for all of its steps.
      case nearest
      /// Linear interpolation between frame k at step k · hop and frame k + 1 at step (k + 1) · hop.
      case linear
      /// A learned depthwise transposed convolution for each factor, initialized to linear interpolation.
      case transposed
    }

    /// The method.
    public var method: Method
    /// Factors of at least 2 whose product is the hop; none where frames are steps.
    public var factors: [Int]

    /// Upsampling by the product of some factors.
    public init(_ method: Method, factors: [Int]) {
      self.method = method
      self.factors = factors
    }

    /// Upsampling by a hop: as many learned convolutions as keep the factors at about 16 or below, with factors as
    /// equal as the divisors of the hop allow.
    public init(_ method: Method, hopLength: Int) {
      self.init(method, factors: method == .transposed ? Self.factors(of: hopLength) : hopLength > 1 ? [hopLength] : [])
    }
  }

  /// The kind of features.
  public var source: Source
  /// Context frames on each side that a convolution covers before upsampling; 0 for no convolution.
  public var contextFrames: Int
  /// The upsampling of frames to steps.
  public var upsampling: Upsampling

  /// Conditioning on features.
  ///
  /// - Parameter upsampling: nil for transposed convolutions by the source's hop.
  public init(_ source: Source, contextFrames: Int = 0, upsampling: Upsampling? = nil) {
    self.source = source
    self.contextFrames = contextFrames
    self.upsampling = upsampling ?? Upsampling(.transposed, hopLength: source.hopLength)
  }

  /// The channels of a frame.
  public var channels: Int { source.channels }
  /// The hop: samples from one frame to the next.
  public var hopLength: Int { source.hopLength }
  /// The frames required before the first and after the last frame of a run of steps, so that the result of each step
  /// does not depend on the length of the run.
  public var marginFrames: Int {
    contextFrames + (upsampling.method == .nearest || upsampling.factors.isEmpty ? 0 : 1)
  }
}

extension FeatureConditioning.Source {
  /// The channels of a frame.
  public var channels: Int {
    switch self {
    case .logMel(let convention): convention.bands
    case .frames(let channels, _): channels
    case .signal: 1
    }
  }

  /// The hop: samples from one frame to the next.
  public var hopLength: Int {
    switch self {
    case .logMel(let convention): convention.hopLength
    case .frames(_, let hopLength): hopLength
    case .signal: 1
    }
  }
}

extension FeatureConditioning.Upsampling {
  /// Larger factors have long kernels, which learn little.
  private static let usualFactorLimit = 16.0

  /// Factors whose product is `hop`.
  static func factors(of hop: Int) -> [Int] {
    // Validation rejects such a hop later.
    if !FeatureConditioning.hopRange.contains(hop) { return [hop] }
    var (rest, factors, stages) = (hop, [Int](), 1)
    while pow(Double(hop), 1 / Double(stages)) > usualFactorLimit { stages += 1 }
    while rest > 1 {
      let root = pow(Double(rest), 1 / Double(max(1, stages - factors.count)))
      let divisors = (2...rest).filter { rest % $0 == 0 }
      let factor = divisors.min { abs(Double($0) - root) < abs(Double($1) - root) } ?? rest
      factors.append(factor)
      rest /= factor
    }
    return factors
  }
}

extension FeatureConditioning {
  /// A description of the features.
  public var text: String {
    switch source {
    case .logMel(let mel):
      "log-mel features of \(mel.bands) bands, a frame every \(mel.hopLength) samples at \(mel.sampleRate) Hz"
    case .frames(let channels, let hopLength): "frames of \(channels) numbers, one every \(hopLength) samples"
    case .signal: "a second recording, sample by sample"
    }
  }
}
