import KodamaCore

/// A network that makes one sound of another, sample by sample, such as an amplifier, a pedal or a cabinet: a regression,
/// deterministic, in real time.
///
/// Its weights are one list in the order of `AmplifierArchitecture.weightShapes`.
///
/// - Source: Wright, Damskägg and Välimäki 2019, "Real-time black-box modelling with recurrent neural networks"; Damskägg et al.
///   2019, "Deep learning for tube amplifier emulation"; the file format of Neural Amp Modeler, versions 0.5 to 0.7.
public struct AmplifierModel: Sendable, Equatable {
  /// The sizes and functions of the network.
  public let architecture: AmplifierArchitecture
  /// All weights; empty for a container, whose models have their own.
  public let weights: [Float]
  /// The sample rate in Hz; nil where a file has none, which usually means 48,000 Hz.
  public let sampleRate: Double?
  /// What is known about the sound.
  public var metadata: AmplifierMetadata

  /// A model.
  ///
  /// - Precondition: there are as many weights as the architecture needs.
  public init(
    _ architecture: AmplifierArchitecture, weights: [Float], sampleRate: Double?,
    metadata: AmplifierMetadata = AmplifierMetadata()
  ) {
    let needed = architecture.weightCount
    precondition(needed == weights.count, "the architecture has \(needed) weights, not \(weights.count)")
    (self.architecture, self.weights, self.sampleRate, self.metadata) = (architecture, weights, sampleRate, metadata)
  }

  /// The sample rate in Hz of a model whose file gives none.
  public static let usualSampleRate = 48000.0

  /// The sample rate in Hz, the usual one where it is not known.
  public var effectiveSampleRate: Double { sampleRate ?? Self.usualSampleRate }
}

/// The metadata of a model: loudness, levels and names.
public struct AmplifierMetadata: Sendable, Equatable {
  /// The loudness in dB of its output for a standard input.
  public var loudness: Double?
  /// The gain of the model, from 0 for a clean one to 1.
  public var gain: Double?
  /// The level in dBu of the analog signal for a peak of full scale at the input.
  public var inputLevel: Double?
  /// The level in dBu of the analog signal for a peak of full scale at the output.
  public var outputLevel: Double?
  /// The names: of the model, who made it, the gear's make and model, its kind and that of its tone, by their keys in
  /// files.
  public var names: [Name: String]
  /// The whole object of a file that was read, which is kept when it is written again.
  package var other: JSON?

  /// A key of a text.
  public enum Name: String, Sendable, CaseIterable {
    case name
    case modeledBy = "modeled_by"
    case gearType = "gear_type"
    case gearMake = "gear_make"
    case gearModel = "gear_model"
    case toneType = "tone_type"
  }

  /// Metadata.
  public init(
    loudness: Double? = nil, gain: Double? = nil, inputLevel: Double? = nil, outputLevel: Double? = nil,
    names: [Name: String] = [:]
  ) {
    (self.loudness, self.gain, self.inputLevel, self.outputLevel) = (loudness, gain, inputLevel, outputLevel)
    self.names = names
  }
}
