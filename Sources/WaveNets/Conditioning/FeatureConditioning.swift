import KodamaSignal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a WaveNet is told of each moment: features over time, such as a mel spectrogram, or a second recording.
///
/// Frame k holds what belongs to steps k · hop ..< (k + 1) · hop; the step that predicts sample t is conditioned on the
/// features of time t. Frames before the first and after the last are taken to repeat them.
///
/// - Source: van den Oord et al. 2016, §2.5, "local conditioning".
public struct FeatureConditioning: Sendable, Equatable {
  /// What the features are.
  public enum Source: Sendable, Equatable {
    /// Log-mel features of the sound itself, computed by this convention.
    case logMel(LogMelConvention)
    /// Frames made elsewhere: so many numbers every so many samples.
    case frames(channels: Int, hopLength: Int)
    /// A second recording, sample by sample, such as the dry signal beside the one that an amplifier made of it.
    case signal
  }

  /// How frames become steps.
  public struct Upsampling: Sendable, Equatable {
    /// The ways there are.
    public enum Method: String, Sendable, Equatable, CaseIterable {
      /// Every step of a frame has the frame.
      case nearest
      /// On a straight line from frame k at step k · hop to frame k + 1 at step (k + 1) · hop.
      case linear
      /// By a depthwise transposed convolution for each factor, learned, which begins as linear.
      case transposed
    }

    /// The way.
    public var method: Method
    /// Numbers of at least 2 whose product is the hop; none where frames are steps.
    public var factors: [Int]

    /// Upsampling by the product of some factors.
    public init(_ method: Method, factors: [Int]) {
      self.method = method
      self.factors = factors
    }

    /// Upsampling by a hop: of learned convolutions as many as keep factors at about 16 or below, and as equal as the
    /// hop's divisors let them be.
    public init(_ method: Method, hopLength: Int) {
      self.init(method, factors: method == .transposed ? Self.factors(of: hopLength) : hopLength > 1 ? [hopLength] : [])
    }
  }

  /// What the features are.
  public var source: Source
  /// Frames on both sides of each that a convolution brings to it before they are upsampled; 0 for no convolution.
  public var contextFrames: Int
  /// How frames become steps.
  public var upsampling: Upsampling

  /// Conditioning on features.
  ///
  /// - Parameter upsampling: nil for transposed convolutions that reach the source's hop.
  public init(_ source: Source, contextFrames: Int = 0, upsampling: Upsampling? = nil) {
    self.source = source
    self.contextFrames = contextFrames
    self.upsampling = upsampling ?? Upsampling(.transposed, hopLength: source.hopLength)
  }

  /// Numbers of a frame.
  public var channels: Int { source.channels }
  /// Samples, which are steps, from one frame to the next.
  public var hopLength: Int { source.hopLength }
  /// Frames that must be known before the first and after the last frame of a run of steps, so that each of these steps
  /// has what it has within any longer run.
  public var marginFrames: Int {
    contextFrames + (upsampling.method == .nearest || upsampling.factors.isEmpty ? 0 : 1)
  }
}

extension FeatureConditioning.Source {
  /// Numbers of a frame.
  public var channels: Int {
    switch self {
    case .logMel(let convention): convention.bands
    case .frames(let channels, _): channels
    case .signal: 1
    }
  }

  /// Samples from one frame to the next.
  public var hopLength: Int {
    switch self {
    case .logMel(let convention): convention.hopLength
    case .frames(_, let hopLength): hopLength
    case .signal: 1
    }
  }
}

extension FeatureConditioning.Upsampling {
  /// Larger factors make long kernels, of which little is learned.
  private static let usualFactorLimit = 16.0

  /// Factors whose product is `hop`.
  static func factors(of hop: Int) -> [Int] {
    // No model has such a hop; what refuses it comes later.
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
