import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers

/// Networks with the input and the output of WaveNets as model kinds: load model folders of one `model_type` and describe
/// them.
public struct WaveNetKind: ModelKind {
  public let name: String

  /// WaveNets: `wavenet`.
  public static let convolutional = WaveNetKind(name: "wavenet")
  /// Recurrent networks: `recurrent`.
  public static let recurrent = WaveNetKind(name: "recurrent")

  public var formatVersion: Int { ModelDescription.quantizedFormatVersion }
  public var keys: [String] { ModelDescription.allKeys }

  public func load(_ location: ModelLocation) throws -> any ModelSummary {
    WaveNetSummary(try InferenceModel.load(location))
  }
}

extension WaveNetConfiguration {
  /// The value of `model_type` of models of this architecture.
  var modelType: String { (isRecurrent ? WaveNetKind.recurrent : .convolutional).name }
}

/// The summary of a WaveNet or a recurrent network.
struct WaveNetSummary: ModelSummary {
  private let model: InferenceModel
  private let quantization: Quantization
  let cost: NetworkCost

  init(_ model: InferenceModel) {
    self.model = model
    quantization = model.quantization ?? Quantization(.float32)
    cost = WaveNet(model.configuration).cost
  }

  private var receptiveFieldMilliseconds: Double {
    1000 * Double(model.configuration.receptiveField) / Double(model.sampleRate)
  }

  /// The body of the network.
  private var bodyLines: [(label: String, text: String)] {
    let c = model.configuration
    if let units = c.recurrentUnits {
      return [
        ("recurrent layer", "\(NumberText.grouped(units)) gated units"),
        ("channels", "input \(c.residualChannels), head \(c.headChannels)"),
      ]
    }
    return [
      ("blocks", "\(c.dilations.count), kernel size \(c.kernelSize), dilations \(NumberText.cycles(c.dilations))"),
      (
        "channels",
        "residual \(c.residualChannels), gate \(c.gateChannels), skip \(c.skipChannels), head \(c.headChannels)"
      ),
    ]
  }

  private var receptiveFieldText: String {
    if model.configuration.isRecurrent { return "all samples before" }
    let samples = NumberText.grouped(model.configuration.receptiveField)
    return "\(samples) samples = \(NumberText.decimal(receptiveFieldMilliseconds, 1)) ms"
  }

  var lines: [(label: String, text: String)] {
    let c = model.configuration
    return [
      ("sample rate", "\(NumberText.grouped(model.sampleRate)) Hz"),
      ("parameters", "\(NumberText.grouped(model.parameterCount)) in \(NumberText.grouped(model.weightBytes)) bytes"),
      ("precision", quantization.text),
    ] + bodyLines + [
      ("output", "\(Self.output(c)); input: \(c.input.rawValue)"),
      ("labels", c.conditioning.labels.isEmpty ? "none" : c.conditioning.labelText),
      ("features", c.conditioning.features.map(Self.features) ?? "none"),
      ("receptive field", receptiveFieldText),
    ]
  }

  /// The output as text, such as "mixture of 10 logistic distributions on 16 bits, de-emphasis of 0.97".
  private static func output(_ configuration: WaveNetConfiguration) -> String {
    let components = configuration.mixtureComponents
    let distribution =
      switch configuration.output {
      case .softmax: "\(NumberText.grouped(configuration.classes)) μ-law classes"
      case .logistics: "mixture of \(Plural.text(components, "logistic distribution")) on 16 bits"
      case .gaussians: "mixture of \(Plural.text(components, "Gaussian distribution")) on 16 bits"
      }
    return configuration.preemphasis == 0
      ? distribution : distribution + ", de-emphasis of \(configuration.preemphasis)"
  }

  /// Features as text, such as "log-mel, 80 bands from 0 to 8000 Hz, every 256 samples; 2 context frames on both sides;
  /// transposed upsampling by 16 x 16".
  private static func features(_ features: FeatureConditioning) -> String {
    let (source, upsampling) = (features.source, features.upsampling)
    let every = features.hopLength == 1 ? "every sample" : "every \(NumberText.grouped(features.hopLength)) samples"
    let what =
      switch source {
      case .logMel(let convention):
        "log-mel, \(convention.bands) bands from \(NumberText.decimal(convention.minimumFrequency, 0)) to "
          + "\(NumberText.decimal(convention.maximumFrequency, 0)) Hz, \(every)"
      case .frames(let channels, _): "frames of \(NumberText.grouped(channels)) numbers, \(every)"
      case .signal: "a second recording, every sample"
      }
    let context =
      features.contextFrames == 0 ? [] : ["\(Plural.text(features.contextFrames, "context frame")) on each side"]
    let factors = upsampling.factors.map(String.init).joined(separator: " x ")
    let steps = factors.isEmpty ? [] : ["\(upsampling.method.rawValue) upsampling by \(factors)"]
    return ([what] + context + steps).joined(separator: "; ")
  }
}

extension WaveNetSummary {
  private enum CodingKeys: CodingKey {
    case sampleRate, parameters, bytes, precision, kept, recurrentUnits, blocks, dilations, kernelSize
    case residualChannels, gateChannels, skipChannels, headChannels, classes, input, output
    case mixtureComponents, mixtureGain, logScaleFloor, preemphasis
    case labels, features, receptiveFieldSamples, receptiveFieldMilliseconds
  }

  func encode(to encoder: any Encoder) throws {
    let c = model.configuration
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(model.sampleRate, forKey: .sampleRate)
    try fields.encode(model.parameterCount, forKey: .parameters)
    try fields.encode(model.weightBytes, forKey: .bytes)
    try fields.encode(quantization.scheme.rawValue, forKey: .precision)
    try fields.encode(quantization.kept.mapValues(\.rawValue), forKey: .kept)
    if let units = c.recurrentUnits {
      try fields.encode(units, forKey: .recurrentUnits)
      try fields.encode(c.residualChannels, forKey: .residualChannels)
    } else {
      try fields.encode(c.dilations.count, forKey: .blocks)
      try fields.encode(c.dilations, forKey: .dilations)
      try fields.encode(c.kernelSize, forKey: .kernelSize)
      try fields.encode(c.residualChannels, forKey: .residualChannels)
      try fields.encode(c.gateChannels, forKey: .gateChannels)
      try fields.encode(c.skipChannels, forKey: .skipChannels)
    }
    try fields.encode(c.headChannels, forKey: .headChannels)
    try fields.encode(c.input.rawValue, forKey: .input)
    try fields.encode(c.output.rawValue, forKey: .output)
    if let mixture = c.mixture {
      try fields.encode(mixture.components, forKey: .mixtureComponents)
      try fields.encode(mixture.gain, forKey: .mixtureGain)
      try fields.encode(c.logScaleFloor, forKey: .logScaleFloor)
    } else {
      try fields.encode(c.classes, forKey: .classes)
    }
    try fields.encode(c.preemphasis, forKey: .preemphasis)
    try fields.encode(c.conditioning.labels.map { LabelSet.fields.json(of: $0) }, forKey: .labels)
    let features = c.conditioning.features?.form(in: .settings)
    try fields.encodeIfPresent(
      features.map { FeatureConditioning.fields(in: .settings).json(of: $0).camelCased }, forKey: .features)
    // A recurrent network has no bound.
    if c.isRecurrent { return }
    try fields.encode(c.receptiveField, forKey: .receptiveFieldSamples)
    try fields.encode(receptiveFieldMilliseconds, forKey: .receptiveFieldMilliseconds)
  }
}

extension Conditioning {
  /// speaker: george, lucas; digit: 0, 1, 2.
  package var labelText: String {
    labels.map { "\($0.name): \($0.values.joined(separator: ", "))" }.joined(separator: "; ").visible()
  }
}
