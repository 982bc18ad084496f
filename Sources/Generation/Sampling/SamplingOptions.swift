import KodamaWaveNets

/// How a code is sampled from the network's output.
///
/// From logits x of classes: p = softmax(x / temperature); of these the `topK` likeliest are kept, of the kept ones
/// (their sum taken as 1) the fewest likeliest whose sum reaches `topP`. Of equally likely classes the lower codes are
/// kept.
///
/// From a mixture: a component with p = softmax(logits of weights / temperature), and from it a number with temperature
/// times its scale, which becomes the level nearest to it. Temperature 0 takes the mean of the component with the
/// largest weight. `topK` and `topP` are for classes alone.
///
/// - Source: top-p after Holtzman et al. 2020, "The curious case of neural text degeneration", §3.1.
public struct SamplingOptions: Sendable, Equatable {
  /// Below 1 the likely becomes likelier; 0 takes the likeliest class or component (the lowest of equal ones).
  public let temperature: Double
  /// How many classes are kept; nil keeps all.
  public let topK: Int?
  /// How much probability is kept, in (0, 1].
  public let topP: Double

  /// Draws from the network's distribution as it is.
  public static let standard = SamplingOptions()

  private init() { (temperature, topK, topP) = (1, nil, 1) }

  /// - Throws: `GenerationFault` where the temperature is negative or not finite, `topK` below 1, or `topP` outside
  ///   (0, 1].
  public init(temperature: Double = 1, topK: Int? = nil, topP: Double = 1) throws(GenerationFault) {
    guard temperature >= 0 && temperature.isFinite else { throw .temperature(temperature) }
    if let topK, topK < 1 { throw .topK(topK) }
    guard topP > 0 && topP <= 1 else { throw .topP(topP) }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// Throws where a network has no classes to keep the likeliest of.
  ///
  /// - Throws: `GenerationFault.needsClasses`.
  public func check(for configuration: WaveNetConfiguration) throws(GenerationFault) {
    if configuration.output == .softmax { return }
    if topK != nil { throw .needsClasses(option: "top-k", output: configuration.output) }
    if topP < 1 { throw .needsClasses(option: "top-p", output: configuration.output) }
  }
}
