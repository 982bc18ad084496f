import KodamaSignal

extension FeatureConditioning {
  /// Samples from one frame to the next.
  public static let hopRange = 1...65_536
  /// Frames on both sides of each that a convolution sees.
  public static let contextRange = 0...64

  /// Checks what the fields are together, by a function that throws where a condition does not hold.
  func validate(
    _ require: (_ holds: Bool, _ field: String, _ value: String, _ allowed: String) throws -> Void
  ) throws {
    // Beyond the longest hop the product may stop: it does not reach a hop any more.
    let product = upsampling.factors.reduce(1) { $0 > Self.hopRange.upperBound ? $0 : $0 * $1 }
    try require(
      product == hopLength, "upsampling.factors",
      "\(upsampling.factors), whose product is \(product > Self.hopRange.upperBound ? "above " : "")"
        + "\(min(product, Self.hopRange.upperBound))",
      "numbers whose product is the hop of the features, \(hopLength) samples, such as "
        + "\(Upsampling(upsampling.method, hopLength: hopLength).factors); or take features of another hop")
    if case .logMel(let convention) = source, let problem = convention.problem {
      try require(false, "log_mel." + problem.field, problem.value, problem.allowed)
    }
  }

  /// Throws where a model of this rate cannot have such features.
  ///
  /// - Throws: `WaveNetFault.outOfRange`.
  package func validate(sampleRate: Int, source file: String) throws(WaveNetFault) {
    guard case .logMel(let convention) = source, convention.sampleRate != sampleRate else { return }
    throw .outOfRange(
      source: file, field: "sample_rate", value: "\(sampleRate)",
      allowed: "\(convention.sampleRate), which conditioning.features.log_mel is for; change one to the other")
  }
}
