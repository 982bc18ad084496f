import KodamaCheckpoints
import KodamaCore
import KodamaNetworks
import KodamaSignal
import KodamaTensors

/// What a classifier of sounds consists of: the log-mel features, the length of the windows that a sound is divided into,
/// the network, and the labels.
public struct ClassifierConfiguration: Sendable, Equatable {
  /// The convention of the features, which has the sample rate of the model.
  public var features: LogMelConvention
  /// The length of a window in seconds. A shorter sound is padded with silence; a longer one has several windows.
  public var windowSeconds: Double
  /// The network.
  public var network: ClassifierNetwork
  /// The label sets; the network has a head for each.
  public var labels: [LabelSet]

  /// The lengths of a window, in seconds.
  public static let windowRange = 0.05...60.0
  /// The numbers of labels of a set.
  public static let labelRange = 2...65_536

  /// A configuration.
  public init(
    features: LogMelConvention, windowSeconds: Double = 1, network: ClassifierNetwork = ClassifierNetwork(),
    labels: [LabelSet]
  ) {
    (self.features, self.windowSeconds, self.network, self.labels) = (features, windowSeconds, network, labels)
  }

  /// The features of a sample rate: windows of about 25 ms every 10 ms, 40 bands, or 64 from 12 kHz on.
  public static func standardFeatures(sampleRate: Int) -> LogMelConvention {
    let window = max(2, sampleRate / 40)
    var fftLength = 2
    while fftLength < window { fftLength *= 2 }
    return LogMelConvention(
      sampleRate: sampleRate, fftLength: fftLength, windowLength: window, hopLength: max(1, sampleRate / 100),
      bands: min(fftLength, sampleRate < 12_000 ? 40 : 64))
  }

  /// Samples per second, in Hz.
  public var sampleRate: Int { features.sampleRate }
  /// The length of a window in samples.
  public var windowSamples: Int { max(1, Int((windowSeconds * Double(sampleRate)).rounded())) }
  /// The frames of features of a window.
  public var windowFrames: Int { features.frames(ofSamples: windowSamples) }
  /// The network with a head for each label set.
  public var layers: any ClassificationNetwork { network.layers(labels: labels) }

  /// Throws where the configuration has no meaning.
  ///
  /// - Parameter source: what it was read from, for messages.
  /// - Throws: `ClassifierFault.badConfiguration`.
  public func validate(source: String) throws(ClassifierFault) {
    func check(_ field: String, _ value: String, _ allowed: String, _ holds: Bool) throws(ClassifierFault) {
      if !holds { throw .badConfiguration(source: source, field: field, value: value, allowed: allowed) }
    }
    if let problem = features.problem {
      throw .badConfiguration(
        source: source, field: "features." + problem.field, value: problem.value, allowed: problem.allowed)
    }
    try check(
      "window_seconds", "\(windowSeconds)",
      "\(Self.windowRange.lowerBound) to \(Self.windowRange.upperBound) s", Self.windowRange.contains(windowSeconds))
    try network.validate(source: source)
    try check("labels", "\(labels.count) sets", "1 to 64 sets", (1...64).contains(labels.count))
    try check(
      "labels", labels.map(\.name).joined(separator: ", "), "sets of different names",
      Set(labels.map(\.name)).count == labels.count && !labels.contains { $0.name.isEmpty })
    for set in labels {
      try check(
        "labels of \(set.name)", "\(set.values.count)", "\(Self.labelRange.lowerBound) or more",
        Self.labelRange.contains(set.values.count))
      try check(
        "labels of \(set.name)", set.values.joined(separator: ", "), "different and not empty",
        Set(set.values).count == set.values.count && !set.values.contains(""))
    }
    // Every layer must have an output.
    do {
      try layers.validate(map: [1, windowFrames, features.bands, 1])
    } catch {
      throw .badConfiguration(
        source: source, field: "window_seconds", value: "\(windowSeconds)",
        allowed: "longer: the network cannot take a map of \(windowFrames) frames and \(features.bands) bands")
    }
  }
}

extension ClassifierConfiguration {
  /// The settings in `config.json`.
  static let fields: ConfigurationFields<ClassifierConfiguration> = [
    .section("features", \.features, LogMelConvention.fields, "The log-mel features"),
    .init("window_seconds", \.windowSeconds, .number(), "The length of a window, in seconds"),
    .section("network", \.network, ClassifierNetwork.fields, "The network"),
    .list("labels", \.labels, LabelSet.fields, base: LabelSet("", []), "The label sets"),
  ]
}
