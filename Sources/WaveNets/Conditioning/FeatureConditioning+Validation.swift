import KodamaSignal

extension FeatureConditioning {
  /// Samples from one frame to the next.
  public static let hopRange = 1...65_536
  /// Frames on both sides of each that a convolution sees.
  public static let contextRange = 0...64

  /// Checks the fields by a function that throws where a condition does not hold.
  func validate(
    _ require: (_ holds: Bool, _ field: String, _ value: String, _ allowed: String) throws -> Void
  ) throws {
    let field = "conditioning.features."
    func inRange(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
      try require(range.contains(value), field + name, "\(value)", "from \(range.lowerBound) to \(range.upperBound)")
    }
    try inRange("channels", channels, WaveNetConfiguration.channelRange)
    try inRange("hop_length", hopLength, Self.hopRange)
    try inRange("context_frames", contextFrames, Self.contextRange)
    for factor in upsampling.factors {
      try inRange("upsampling.factors: one of them", factor, 2...Self.hopRange.upperBound)
    }
    // Beyond the longest hop the product may stop: it does not reach a hop any more.
    let product = upsampling.factors.reduce(1) { $0 > Self.hopRange.upperBound ? $0 : $0 * $1 }
    try require(
      product == hopLength, field + "upsampling.factors",
      "\(upsampling.factors), whose product is \(product > Self.hopRange.upperBound ? "above " : "")"
        + "\(min(product, Self.hopRange.upperBound))",
      "numbers whose product is the hop of the features, \(hopLength) samples, such as "
        + "\(Upsampling(upsampling.method, hopLength: hopLength).factors); or take features of another hop")
    if case .logMel(let convention) = source, let problem = convention.problem {
      try require(false, field + "log_mel." + problem.field, problem.value, problem.allowed)
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
