import KodamaCheckpoints
import KodamaSignal

/// Conditioning on features as it stands in the section `conditioning` of `config.json`:
///
///     "features": {"type": "log_mel", "channels": 80, "hop_length": 256, "context_frames": 2,
///                  "upsampling": {"type": "transposed", "factors": [16, 16]},
///                  "log_mel": {"sample_rate": 22050, "fft_length": 1024, …}}
///
/// where `type` is `log_mel`, `frames` or `signal`; the object `log_mel` is there for that type alone.
extension FeatureConditioning {
  /// The key in the section.
  static let key = "features"

  /// What `type` says.
  enum Kind: String, Codable, CaseIterable {
    case logMel = "log_mel"
    case frames
    case signal
  }

  /// The kind of the source.
  var kind: Kind {
    switch source {
    case .logMel: .logMel
    case .frames: .frames
    case .signal: .signal
    }
  }

  /// Reads the object `features` of the section `conditioning`.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ conditioning: Configuration) throws {
    let keys = ["type", "channels", "hop_length", "context_frames", "upsampling", Kind.logMel.rawValue]
    let features = try conditioning.section(Self.key, keys: keys)
    let source: Source
    switch try features.choice("type") as Kind {
    case .logMel: source = .logMel(try LogMelConvention(features, key: Kind.logMel.rawValue))
    case .frames:
      source = .frames(channels: try features.integer("channels"), hopLength: try features.integer("hop_length"))
    case .signal: source = .signal
    }
    let upsampling = try features.section("upsampling", keys: ["type", "factors"])
    self.init(
      source, contextFrames: try features.integer("context_frames"),
      upsampling: Upsampling(try upsampling.choice("type"), factors: try upsampling.integers("factors")))
    for (key, value) in [("channels", source.channels), ("hop_length", source.hopLength)] {
      let found = try features.integer(key)
      if found != value {
        let other = kind == .logMel ? "as \(Self.key).log_mel says" : "as features of type \(kind.rawValue) have"
        throw CheckpointFault.wrongValue(
          path: features.path, key: "conditioning.\(Self.key).\(key)", value: "\(found)", expected: "\(value), \(other)"
        )
      }
    }
    if kind != .logMel && features.has(Kind.logMel.rawValue) {
      throw CheckpointFault.wrongValue(
        path: features.path, key: "conditioning.\(Self.key).type", value: "\"\(kind.rawValue)\"",
        expected: "\"log_mel\" where there is a log_mel")
    }
  }

  /// The object `features`.
  var json: JSON {
    let members: [JSON.Member] = [
      .init("type", JSON(kind.rawValue)), .init("channels", JSON(channels)), .init("hop_length", JSON(hopLength)),
      .init("context_frames", JSON(contextFrames)),
      .init(
        "upsampling",
        ["type": JSON(upsampling.method.rawValue), "factors": .array(upsampling.factors.map { JSON($0) })]),
    ]
    guard case .logMel(let convention) = source else { return .object(members) }
    return .object(members + [.init(kind.rawValue, convention.json)])
  }
}
