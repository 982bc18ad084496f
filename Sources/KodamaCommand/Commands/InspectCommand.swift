import ArgumentParser
import Kodama

/// Says what a model is.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Say what a model is: its architecture, size and receptive field.")

  @Argument(help: "A model folder, a checkpoint or a run.") var model: String
  @OptionGroup var weights: WeightOptions
  @Flag(
    name: .customLong("cost"),
    help: "Print what each layer costs for one sample: multiply-adds, parameters and activations.")
  var showsCost = false
  @Flag(help: "Print JSON.") var json = false

  /// What layers cost, and all of them together. Keys as in JSON.
  private struct Cost: Encodable {
    let layers: [LayerCost]
    let multiplyAdds: Int
    let parameters: Int
    let activations: Int

    init(_ cost: NetworkCost) {
      layers = cost.layers
      (multiplyAdds, parameters, activations) = (cost.multiplyAdds, cost.parameters, cost.activations)
    }
  }

  private struct Summary: Encodable {
    let folder: String
    let weights: String
    let sampleRate: Int
    let parameters: Int
    let bytes: Int
    let precision: Precision
    let kept: [String: Precision]
    let blocks: Int
    let dilations: [Int]
    let kernelSize: Int
    let residualChannels: Int
    let gateChannels: Int
    let skipChannels: Int
    let headChannels: Int
    let classes: Int?
    let input: String
    let output: String
    let mixtureComponents: Int?
    let mixtureGain: Double?
    let logScaleFloor: Double?
    let preemphasis: Double
    let labels: [LabelSet]
    let features: FeatureConditioning?
    let receptiveFieldSamples: Int
    let receptiveFieldMilliseconds: Double
    let multiplyAddsPerSample: Int
    let instructionSet: String
    /// Of one sample; nil unless it is asked for.
    let cost: Cost?
  }

  func run() throws {
    let location = try ModelLocation(model, weights: weights.weights)
    let model = try InferenceModel.load(location)
    let quantization = model.quantization ?? Quantization(.float32)
    let c = model.configuration
    let cost = WaveNet(c).cost
    let summary = Summary(
      folder: location.folder, weights: location.weights.rawValue, sampleRate: model.sampleRate,
      parameters: model.parameterCount, bytes: model.weightBytes, precision: quantization.scheme,
      kept: quantization.kept, blocks: c.dilations.count, dilations: c.dilations, kernelSize: c.kernelSize,
      residualChannels: c.residualChannels, gateChannels: c.gateChannels, skipChannels: c.skipChannels,
      headChannels: c.headChannels, classes: c.mixture == nil ? c.classes : nil, input: c.input.rawValue,
      output: c.output.rawValue, mixtureComponents: c.mixture?.components, mixtureGain: c.mixture?.gain,
      logScaleFloor: c.mixture == nil ? nil : c.logScaleFloor,
      preemphasis: c.preemphasis, labels: c.conditioning.labels, features: c.conditioning.features,
      receptiveFieldSamples: c.receptiveField,
      receptiveFieldMilliseconds: 1000 * Double(c.receptiveField) / Double(model.sampleRate),
      multiplyAddsPerSample: cost.multiplyAdds, instructionSet: "\(InstructionSet.current)",
      cost: showsCost ? Cost(cost) : nil)
    if json { return try Terminal.data(JSONText.of(summary)) }
    let s = summary
    try Terminal.text(
      """
      model            \(s.folder.visible()) (\(s.weights) weights)
      sample rate      \(Format.count(s.sampleRate)) Hz
      parameters       \(Format.count(s.parameters)) in \(Format.count(s.bytes)) bytes
      precision        \(Self.precision(quantization))
      blocks           \(s.blocks), kernel size \(s.kernelSize), dilations \(Self.short(s.dilations))
      channels         residual \(s.residualChannels), gate \(s.gateChannels), skip \(s.skipChannels), head \(s.headChannels)
      output           \(Self.output(c)); input: \(s.input)
      labels           \(s.labels.isEmpty ? "none" : Format.labels(s.labels))
      features         \(s.features.map(Format.features) ?? "none")
      receptive field  \(Format.count(s.receptiveFieldSamples)) samples = \
      \(Format.decimal(s.receptiveFieldMilliseconds, 1)) ms
      work             \(Format.count(s.multiplyAddsPerSample)) multiply-adds a sample
      kernels          \(s.instructionSet) on this processor
      """)
    if let cost = s.cost { try Terminal.text("\n" + Self.table(cost).dropLast()) }
  }

  /// A row for each layer, and their sum.
  private static func table(_ cost: Cost) -> String {
    let sum = LayerCost(
      path: "all", multiplyAdds: cost.multiplyAdds, parameters: cost.parameters, activations: cost.activations)
    let rows = (cost.layers + [sum]).map { layer in
      [layer.path] + [layer.multiplyAdds, layer.parameters, layer.activations].map { Format.count($0) }
    }
    return TextTable.aligned([["of one sample", "multiply-adds", "parameters", "activations"]] + rows)
  }

  /// A mixture of 10 logistics on 16 bits, pre-emphasis 0.97 taken back.
  static func output(_ configuration: WaveNetConfiguration) -> String {
    let components = configuration.mixtureComponents
    let distribution =
      switch configuration.output {
      case .softmax: "\(Format.count(configuration.classes)) μ-law classes"
      case .logistics: "mixture of \(components) logistic distributions on 16 bits"
      case .gaussians: "mixture of \(components) Gaussian distributions on 16 bits"
      }
    return configuration.preemphasis == 0
      ? distribution : distribution + ", pre-emphasis of \(configuration.preemphasis) taken back"
  }

  /// int4; f32: head; int8: blocks.0, blocks.19.
  static func precision(_ quantization: Quantization) -> String {
    let kept = Precision.allCases.compactMap { precision -> String? in
      let paths = quantization.kept.filter { $0.value == precision }.map(\.key)
      if paths.isEmpty { return nil }
      let order = { (path: String) in Int(path.split(separator: ".").dropFirst().first ?? "") ?? 0 }
      return precision.rawValue + ": " + paths.sorted { (order($0), $0) < (order($1), $1) }.joined(separator: ", ")
    }
    return ([quantization.scheme.rawValue] + kept).joined(separator: "; ")
  }

  /// 1, 2, 4 … 512 (3 times).
  private static func short(_ dilations: [Int]) -> String {
    let cycle = dilations.dropFirst().firstIndex(of: dilations[0]) ?? dilations.count
    let first = Array(dilations.prefix(cycle))
    let isCyclic = dilations.indices.allSatisfy { dilations[$0] == first[$0 % cycle] } && dilations.count % cycle == 0
    guard isCyclic, cycle < dilations.count || cycle > 4 else {
      return dilations.map(String.init).joined(separator: ", ")
    }
    let shown = first.count > 4 ? "\(first[0]), \(first[1]), \(first[2]) … \(first[cycle - 1])" : "\(first)"
    let times = dilations.count / cycle
    return times == 1 ? shown : "\(shown), \(times) times"
  }
}
