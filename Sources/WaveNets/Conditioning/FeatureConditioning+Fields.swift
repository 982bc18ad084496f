import KodamaCheckpoints
import KodamaCore
import KodamaSignal

/// The file format of conditioning on features, in the section `conditioning` of `config.json`:
///
///     "features": {"type": "log_mel", "channels": 80, "hop_length": 256, "context_frames": 2,
///                  "upsampling": {"type": "transposed", "factors": [16, 16]},
///                  "log_mel": {"sample_rate": 22050, "fft_length": 1024, …}}
///
/// where `type` is `log_mel`, `frames` or `signal`; only the type `log_mel` has the object `log_mel`. Documents of
/// settings contain `channels` and `hop_length` only for frames: for other types they are derived, so that a single
/// value can be replaced.
extension FeatureConditioning {
  /// The key in the section.
  static let key = "features"

  /// The values of `type`.
  enum Kind: String, CaseIterable {
    case logMel = "log_mel"
    case frames
    case signal
  }

  /// The settings as in a file.
  struct Form: Sendable {
    var type = Kind.signal
    var channels: Int?
    var hopLength: Int?
    var contextFrames = 0
    var upsampling = Upsampling(.transposed, factors: [])
    var logMel: LogMelConvention?
  }

  /// The kinds of documents that describe features.
  enum Document { case model, settings }

  /// The settings in a kind of document.
  static func fields(in document: Document) -> ConfigurationFields<Form> {
    [
      .init("type", \.type, .choice, "What the features are"),
      .init(
        "channels", \.channels, .integer(.from(WaveNetConfiguration.channelRange)), "Channels of a frame",
        document == .model ? .required : .optional, isListed: { $0.type == .frames }),
      .init(
        "hop_length", \.hopLength, .integer(.from(hopRange)), "Samples from one frame to the next",
        document == .model ? .required : .optional, isListed: { $0.type == .frames }),
      .init(
        "context_frames", \.contextFrames, .integer(.from(contextRange)), "Context frames on each side"
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

  /// The settings in a kind of document.
  func form(in document: Document) -> Form {
    var form = Form(type: kind, contextFrames: contextFrames, upsampling: upsampling)
    if document == .model || kind == .frames { (form.channels, form.hopLength) = (channels, hopLength) }
    if case .logMel(let convention) = source { form.logMel = convention }
    return form
  }

  /// The features of settings in a kind of document.
  ///
  /// - Parameter prefix: the prefix of full keys.
  /// - Throws: `SettingProblem`.
  init(_ form: Form, in document: Document, under prefix: String) throws {
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
    if document == .model { try check(form, under: prefix) }
  }

  /// Throws where redundant settings contradict the others.
  private func check(_ form: Form, under prefix: String) throws {
    for (key, value, found) in [
      ("channels", channels, form.channels), ("hop_length", hopLength, form.hopLength),
    ] where found != value {
      let other = kind == .logMel ? "as in \(Self.key).log_mel" : "as features of type \(kind.rawValue) have"
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
      "Factors whose product is the hop"),
  ]
}

extension FeatureConditioning {
  /// The valid hop lengths, in samples.
  public static let hopRange = 1...65_536
  /// The valid numbers of context frames on each side.
  public static let contextRange = 0...64

  /// Checks combinations of fields, by a function that throws where a condition does not hold.
  func validate(
    _ require: (_ holds: Bool, _ field: String, _ value: String, _ allowed: String) throws -> Void
  ) throws {
    // The product stops above the longest hop, so that it cannot overflow.
    let product = upsampling.factors.reduce(1) { $0 > Self.hopRange.upperBound ? $0 : $0 * $1 }
    try require(
      product == hopLength, "upsampling.factors",
      "\(upsampling.factors), whose product is \(product > Self.hopRange.upperBound ? "above " : "")"
        + "\(min(product, Self.hopRange.upperBound))",
      "numbers whose product is the hop of the features, \(Plural.text(hopLength, "sample")), such as "
        + "\(Upsampling(upsampling.method, hopLength: hopLength).factors); or take features of another hop")
    if case .logMel(let convention) = source, let problem = convention.problem {
      try require(false, "log_mel." + problem.field, problem.value, problem.allowed)
    }
  }

  /// Throws where the features do not fit a model of this rate.
  ///
  /// - Throws: `WaveNetFault.outOfRange`.
  package func validate(sampleRate: Int, source file: String) throws(WaveNetFault) {
    guard case .logMel(let convention) = source, convention.sampleRate != sampleRate else { return }
    throw .outOfRange(
      source: file, field: "sample_rate", value: "\(sampleRate)",
      allowed: "\(convention.sampleRate), which conditioning.features.log_mel is for; change one to the other")
  }
}
