import KodamaCheckpoints

/// The limits of configurations: far beyond any network that has been trained, and far below sizes that would exhaust a
/// machine or overflow a product.
extension WaveNetConfiguration {
  /// The sample rates a model may have, in Hz.
  public static let sampleRateRange = 1_000...768_000

  /// Throws where a sample rate is out of range.
  ///
  /// - Throws: `WaveNetFault.outOfRange`.
  package static func validate(sampleRate: Int, source: String) throws {
    if !sampleRateRange.contains(sampleRate) {
      throw WaveNetFault.outOfRange(
        source: source, field: "sample_rate", value: "\(sampleRate)",
        allowed: "from \(sampleRateRange.lowerBound) to \(sampleRateRange.upperBound) Hz")
    }
  }

  /// Taps of a dilated convolution.
  public static let kernelSizeRange = 1...64
  /// Blocks of the stack.
  public static let blockCountRange = 1...1024
  /// The dilation of one block, in time steps.
  public static let dilationRange = 1...1_048_576
  /// Channels of any layer.
  public static let channelRange = 1...65_536
  /// Classes of the output distribution.
  public static let classRange = 2...65_536
  /// Label sets, and labels of one.
  public static let labelSetRange = 0...64
  public static let labelRange = 1...65_536
  /// The least log scale of a mixture, from far below a level of 16 bits to the whole range.
  public static let logScaleFloorRange = -16.0...0
  /// The receptive field, in samples: more than a quarter of an hour at 16 kHz.
  public static let receptiveFieldLimit = 1 << 24
  /// The largest size of all parameters in bytes, as `Float`.
  public static let parameterBytesLimit = 1 << 31
  /// The largest size of one stream's history of all blocks in bytes, as `Float`.
  public static let historyBytesLimit = 1 << 31

  /// The number of parameters.
  ///
  /// - Precondition: the sizes are in their ranges.
  public var parameterCount: Int { WaveNet(self).declarations.reduce(0) { $0 + $1.shape.count } }

  /// Throws where the configuration is invalid, before anything of its size is allocated.
  ///
  /// - Parameter source: the name of the configuration in messages: a file or an option.
  /// - Throws: `WaveNetFault.outOfRange`, `.conflict`, with the field names of `config.json`.
  public func validate(source: String = "configuration") throws {
    func require(_ holds: Bool, _ field: String, _ value: some CustomStringConvertible, _ allowed: String) throws {
      if !holds {
        throw WaveNetFault.outOfRange(source: source, field: field, value: value.description, allowed: allowed)
      }
    }
    // Documents of settings have the classes in the architecture, models in the companding.
    if let problem = Self.compandingFields.problem(of: self, under: "companding.")
      ?? Self.architectureFields.problem(of: self, under: "architecture.")
    {
      throw WaveNetFault(problem, source: source)
    }
    try conditioning.validate(source: source)
    try validateOutput(source: source)
    if isRecurrent { try validateRecurrent(source: source) }
    // From here on the ranges above keep every product below 2^63.
    try require(
      isRecurrent || receptiveField <= Self.receptiveFieldLimit, "the receptive field of architecture.dilations",
      "\(receptiveField) samples", "at most \(Self.receptiveFieldLimit)")
    let history = isRecurrent ? 0 : lookback * residualChannels * MemoryLayout<Float>.stride
    try require(
      history <= Self.historyBytesLimit, "the history that architecture.dilations and residual_channels need",
      "\(history) bytes", "at most \(Self.historyBytesLimit)")
    let parameters = parameterCount * MemoryLayout<Float>.stride
    try require(
      parameters <= Self.parameterBytesLimit, "the size of all parameters", "\(parameters) bytes",
      "at most \(Self.parameterBytesLimit); use fewer channels")
  }
}

extension Conditioning {
  /// Throws where a field is out of range.
  ///
  /// - Throws: `WaveNetFault.outOfRange`.
  fileprivate func validate(source: String) throws {
    let prefix = Self.key + "."
    if let problem = Self.modelFields.problem(of: self, under: prefix) { throw WaveNetFault(problem, source: source) }
    func require(_ holds: Bool, _ field: String, _ value: String, _ allowed: String) throws {
      if !holds {
        throw WaveNetFault.outOfRange(source: source, field: prefix + field, value: value, allowed: allowed)
      }
    }
    func inRange(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws {
      try require(range.contains(value), field, "\(value)", "from \(range.lowerBound) to \(range.upperBound)")
    }
    try features?.validate { try require($0, FeatureConditioning.key + "." + $1, $2, $3) }
    try inRange("labels: their number", labels.count, WaveNetConfiguration.labelSetRange)
    var names = Set<String>()
    for (index, set) in labels.enumerated() {
      let field = "labels[\(index)]"
      try require(
        !set.name.isEmpty && !set.name.contains("=") && names.insert(set.name).inserted, field + ".name",
        "\"\(set.name)\"", "a name of its own without \"=\"")
      try inRange("\(field).values: their number", set.values.count, WaveNetConfiguration.labelRange)
      var values = Set<String>()
      for value in set.values {
        try require(
          !value.isEmpty && !value.contains(where: \.isNewline) && values.insert(value).inserted, field + ".values",
          "\"\(value)\"", "a name of its own on one line")
      }
    }
  }
}

extension WaveNetFault {
  /// An invalid value.
  fileprivate init(_ problem: RangeProblem, source: String) {
    self = .outOfRange(source: source, field: problem.field, value: problem.value, allowed: problem.allowed)
  }
}

extension WaveNetConfiguration {
  /// Throws where a field does not apply to the output.
  private func validateOutput(source: String) throws {
    func agree(_ holds: Bool, _ field: String, _ value: some CustomStringConvertible, _ advice: String) throws {
      if !holds {
        throw WaveNetFault.conflict(
          source: source, field: field, value: value.description, other: "architecture.output",
          otherValue: output.rawValue, advice: advice)
      }
    }
    if output == .softmax {
      let advice = "leave it out, or set architecture.output to logistics or gaussians"
      try agree(
        mixtureComponents == Self.defaultMixtureComponents, "architecture.mixture_components", mixtureComponents, advice
      )
      try agree(mixtureGain == Self.defaultMixtureGain, "architecture.mixture_gain", mixtureGain, advice)
      try agree(
        logScaleFloor == Self.defaultLogScaleFloor, "architecture.log_scale_floor", logScaleFloor, advice)
    } else {
      try agree(
        input == .scalar, "architecture.input", input.rawValue,
        "set architecture.input to scalar: a mixture has no classes for the rows of a table")
      try agree(
        classes == Self.defaultClasses, "companding.classes", classes,
        "leave it out: the samples of a mixture have 16 bits and no classes")
    }
  }

  /// Throws where a field of blocks is set in a recurrent network, which has none.
  private func validateRecurrent(source: String) throws {
    let plain = Self(dilations: [], residualChannels: residualChannels, gateChannels: 0, skipChannels: 0)
    func agree(_ holds: Bool, _ field: String, _ value: some CustomStringConvertible) throws {
      if !holds {
        throw WaveNetFault.conflict(
          source: source, field: "architecture." + field, value: value.description,
          other: "architecture.recurrent_units", otherValue: "\(recurrentUnits ?? 0)",
          advice: "leave one out: a recurrent network has no blocks")
      }
    }
    try agree(dilations.isEmpty, "dilations", dilations)
    try agree(kernelSize == plain.kernelSize, "kernel_size", kernelSize)
    try agree(gateChannels == 0, "gate_channels", gateChannels)
    try agree(skipChannels == 0, "skip_channels", skipChannels)
    try agree(dropout == 0, "dropout", dropout)
    try agree(residualScale == 1, "residual_scale", residualScale)
    try agree(skipScale == 1, "skip_scale", skipScale)
  }
}
