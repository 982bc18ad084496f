import KodamaSignal

/// The form within documents of settings: that of `config.json`, but for what a source says of itself, which stands
/// there once, so that one value can be replaced.
extension FeatureConditioning: Codable {
  private enum CodingKeys: String, CodingKey {
    case type, channels, hopLength, contextFrames, upsampling, logMel
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Kind.self, forKey: .type) {
    case .logMel: source = .logMel(try container.decode(LogMelConvention.self, forKey: .logMel))
    case .frames:
      source = .frames(
        channels: try container.decode(Int.self, forKey: .channels),
        hopLength: try container.decode(Int.self, forKey: .hopLength))
    case .signal: source = .signal
    }
    contextFrames = try container.decode(Int.self, forKey: .contextFrames)
    upsampling = try container.decode(Upsampling.self, forKey: .upsampling)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .type)
    switch source {
    case .logMel(let convention): try container.encode(convention, forKey: .logMel)
    case .frames(let channels, let hopLength):
      try container.encode(channels, forKey: .channels)
      try container.encode(hopLength, forKey: .hopLength)
    case .signal: break
    }
    try container.encode(contextFrames, forKey: .contextFrames)
    try container.encode(upsampling, forKey: .upsampling)
  }
}
