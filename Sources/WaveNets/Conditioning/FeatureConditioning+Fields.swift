import KodamaCheckpoints
import KodamaCore
import KodamaSignal

/// Conditioning on features as it stands in the section `conditioning` of `config.json`:
///
///     "features": {"type": "log_mel", "channels": 80, "hop_length": 256, "context_frames": 2,
///                  "upsampling": {"type": "transposed", "factors": [16, 16]},
///                  "log_mel": {"sample_rate": 22050, "fft_length": 1024, …}}
///
/// where `type` is `log_mel`, `frames` or `signal`; the object `log_mel` is there for that type alone. Documents of
/// settings say `channels` and `hop_length` of frames alone: of other types they follow from the rest, so that one value
/// can be replaced.
extension FeatureConditioning {
  /// The key in the section.
  static let key = "features"

  /// What `type` says.
  enum Kind: String, CaseIterable {
    case logMel = "log_mel"
    case frames
    case signal
  }

  /// What a file says.
  struct Form: Sendable {
    var type = Kind.signal
    var channels: Int?
    var hopLength: Int?
    var contextFrames = 0
    var upsampling = Upsampling(.transposed, factors: [])
    var logMel: LogMelConvention?
  }

  /// Where features are described.
  enum Place { case model, settings }

  /// The settings in a place.
  static func fields(in place: Place) -> ConfigurationFields<Form> {
    [
      .init("type", \.type, .choice, "What the features are"),
      .init(
        "channels", \.channels, .integer(.from(WaveNetConfiguration.channelRange)), "Numbers of a frame",
        place == .model ? .required : .optional, isListed: { $0.type == .frames }),
      .init(
        "hop_length", \.hopLength, .integer(.from(hopRange)), "Samples from one frame to the next",
        place == .model ? .required : .optional, isListed: { $0.type == .frames }),
      .init(
        "context_frames", \.contextFrames, .integer(.from(contextRange)), "Frames on both sides that a convolution sees"
      ),
      .section("upsampling", \.upsampling, Upsampling.fields, "How frames become steps"),
      .section(
        Kind.logMel.rawValue, \.logMel, LogMelConvention.fields, base: .standard(sampleRate: 16_000),
        "The convention of log-mel features"),
    ]
  }

  /// The kind of the source.
  private var kind: Kind {
    switch source {
    case .logMel: .logMel
    case .frames: .frames
    case .signal: .signal
    }
  }

  /// What a file in a place says of the features.
  func form(in place: Place) -> Form {
    var form = Form(type: kind, contextFrames: contextFrames, upsampling: upsampling)
    if place == .model || kind == .frames { (form.channels, form.hopLength) = (channels, hopLength) }
    if case .logMel(let convention) = source { form.logMel = convention }
    return form
  }

  /// The features that a file in a place describes.
  ///
  /// - Parameter prefix: that of whole keys.
  /// - Throws: `SettingProblem`.
  init(_ form: Form, in place: Place, under prefix: String) throws {
    func needed<T>(_ value: T?, _ key: String) throws -> T {
      guard let value else { throw SettingProblem.missingKey(prefix + key) }
      return value
    }
    let source: Source
    switch form.type {
    case .logMel: source = .logMel(try needed(form.logMel, Kind.logMel.rawValue))
    case .frames:
      source = .frames(
        channels: try needed(form.channels, "channels"), hopLength: try needed(form.hopLength, "hop_length"))
    case .signal: source = .signal
    }
    self.init(source, contextFrames: form.contextFrames, upsampling: form.upsampling)
    if place == .model { try check(form, under: prefix) }
  }

  /// Throws where a file says something else of the features than follows from the rest of it.
  private func check(_ form: Form, under prefix: String) throws {
    for (key, value, found) in [
      ("channels", channels, form.channels), ("hop_length", hopLength, form.hopLength),
    ] where found != value {
      let other = kind == .logMel ? "as \(Self.key).log_mel says" : "as features of type \(kind.rawValue) have"
      throw SettingProblem.wrongValue(
        prefix + key, found.map { JSON($0) } ?? .null, expected: ExpectedValue("\(value), \(other)"))
    }
    if kind != .logMel && form.logMel != nil {
      throw SettingProblem.wrongValue(
        prefix + "type", JSON(kind.rawValue), expected: "\"log_mel\" where there is a log_mel")
    }
  }
}

extension FeatureConditioning.Upsampling {
  /// Its settings.
  static let fields: ConfigurationFields<Self> = [
    .init("type", \.method, .choice, "How frames become steps"),
    .init(
      "factors", \.factors, .integers(each: .from(2...FeatureConditioning.hopRange.upperBound)),
      "Numbers whose product is the hop"),
  ]
}
