import KodamaCheckpoints
import KodamaCore
import KodamaLayers

/// Amplifiers as a model kind: loads model folders whose `model_type` is `amplifier`, and .nam files, and describes them.
public struct AmplifierKind: ModelKind {
  /// The kind.
  public init() {}

  public var name: String { AmplifierModel.kindName }
  public var formatVersion: Int { AmplifierModel.formatVersion }
  public var keys: [String] { AmplifierModel.keys }

  public func load(_ location: ModelLocation) throws -> any ModelSummary {
    // The error was measured with one set of weights.
    let measured = location.best.flatMap { $0.weights == location.weights ? $0 : nil }
    return AmplifierSummary(try AmplifierModel.load(location), heldOut: measured)
  }

  public func load(file path: String) throws -> (any ModelSummary)? {
    guard path.lowercased().hasSuffix(".nam") else { return nil }
    return AmplifierSummary(try AmplifierModel(contentsOf: path), heldOut: nil)
  }
}

/// The summary of an amplifier.
struct AmplifierSummary: ModelSummary {
  let model: AmplifierModel
  /// The checkpoint of a run, with its error-to-signal ratio on the end of the recordings.
  let heldOut: BestCheckpoint?
  let cost: NetworkCost

  init(_ model: AmplifierModel, heldOut: BestCheckpoint?) {
    (self.model, self.heldOut, cost) = (model, heldOut, model.cost)
  }

  /// The bytes of the weights in single precision.
  var bytes: Int { 4 * model.parameterCount }

  /// The samples that an output depends on; nil for all of the past.
  var receptiveField: Int? { model.architecture.lookback.map { $0 + 1 } }

  var receptiveFieldMilliseconds: Double? { receptiveField.map { 1000 * Double($0) / model.effectiveSampleRate } }

  /// The weights of each network of a model of several sizes, the smallest first; empty for one size.
  var sizes: [Int] {
    let steps = model.sizeSteps
    return steps.isEmpty ? [] : ([0] + steps).map { model.sized($0).parameterCount }
  }

  var lines: [(label: String, text: String)] {
    let rate = { (rate: Double) in "\(NumberText.grouped(Int(rate.rounded()))) Hz" }
    let count = NumberText.grouped(model.parameterCount)
    var lines = [
      ("sample rate", model.sampleRate.map(rate) ?? "not given; \(rate(model.effectiveSampleRate)) is usual"),
      ("parameters", "\(count) in \(NumberText.grouped(bytes)) bytes"),
    ]
    lines += model.architecture.lines
    if !sizes.isEmpty { lines.append(("sizes", sizeText)) }
    if let receptiveField, let receptiveFieldMilliseconds {
      let samples = Plural.grouped(receptiveField, "sample")
      lines.append(
        ("receptive field", "\(samples) = \(NumberText.decimal(receptiveFieldMilliseconds, 1)) ms"))
    } else {
      lines.append(("receptive field", "all of the past, by a recurrent state"))
    }
    let (inputs, outputs) = (model.architecture.inputChannels, model.architecture.outputChannels)
    if (inputs, outputs) != (1, 1) { lines.append(("signals", "\(inputs) in, \(outputs) out")) }
    lines += model.metadata.lines
    if let heldOut {
      let ratio = NumberText.decimal(heldOut.loss, 5)
      lines.append(
        ("held out", "error-to-signal ratio \(ratio) at step \(NumberText.grouped(heldOut.step))"))
    }
    return lines
  }

  /// Such as "2: 1,234 parameters below 0.5, 13,000 above".
  private var sizeText: String {
    let counts = sizes.map { NumberText.grouped($0) }
    let below = zip(counts, model.sizeSteps).map { "\($0) parameters below \(NumberText.decimal($1, 2))" }
    return "\(counts.count): " + (below + ["\(counts[counts.count - 1]) above"]).joined(separator: ", ")
  }
}

extension AmplifierArchitecture {
  /// The layers.
  fileprivate var lines: [(label: String, text: String)] {
    switch self {
    case .waveNet(let network):
      var lines = [("network", "\(name) of \(Plural.text(network.arrays.count, "array")) of layers")]
      lines += network.arrays.enumerated().map { ("array \($0 + 1)", $1.text) }
      if let head = network.postHead {
        let taps = head.kernelSizes.map(String.init).joined(separator: ", ")
        lines.append(
          ("head", "\(Plural.text(head.channels, "channel")), kernel sizes \(taps), \(head.activation.name)"))
      }
      if let condition = network.condition {
        let count = NumberText.grouped(condition.parameterCount)
        lines.append(("condition", "by a \(condition.architecture.name), \(count) parameters"))
      }
      return lines
    case .lstm(let network):
      return [("network", "\(name), \(Plural.text(network.layers, "layer")) of \(Plural.text(network.units, "unit"))")]
    case .convNet(let network):
      let text =
        "\(Plural.text(network.dilations.count, "layer")) of \(Plural.text(network.channels, "channel")), kernel size 2, "
        + "dilations \(NumberText.cycles(network.dilations)), \(network.activation.name)"
      return [
        ("network", name + (network.isNormalized ? ", normalized" : "")),
        ("layers", text + (network.groups > 1 ? ", \(network.groups) groups" : "")),
      ]
    case .linear(let network):
      let bias = network.hasBias ? " and a bias" : ""
      return [("network", "\(name), a filter of \(Plural.grouped(network.receptiveField, "tap"))\(bias)")]
    case .container(let models):
      return [("network", "\(name) of \(Plural.text(models.count, "model"))")]
        + (models.last?.model.architecture.lines ?? [])
    }
  }
}

extension LayerArray {
  /// Such as "10 layers of 16 channels, kernel size 3, dilations 1, 2, 4 … 512, Tanh".
  fileprivate var text: String {
    func each<Value: Equatable>(_ values: [Value], _ text: (Value) -> String) -> String {
      let distinct = values.reduce(into: [Value]()) { if !$0.contains($1) { $0.append($1) } }
      return distinct.map(text).joined(separator: " and ")
    }
    let kernels = each(layers.map(\.kernelSize)) { "\($0)" }
    var parts = [
      "\(Plural.text(layers.count, "layer")) of \(Plural.text(channels, "channel"))",
      "kernel size \(kernels)", "dilations \(NumberText.cycles(layers.map(\.dilation)))",
      each(layers.map(\.activation.name)) { $0 },
    ]
    let gates = layers.compactMap { $0.gating.text }
    if !gates.isEmpty { parts.append(each(gates) { $0 }) }
    if bottleneck != channels { parts.append("bottleneck \(bottleneck)") }
    if groups > 1 { parts.append("\(groups) groups") }
    if !modulations.isEmpty { parts.append("modulated in \(Plural.text(modulations.count, "place"))") }
    if head.kernelSize > 1 { parts.append("head of kernel size \(head.kernelSize)") }
    return parts.joined(separator: ", ")
  }
}

extension AmplifierGating {
  /// Such as "gated by Sigmoid"; nil without a gate.
  fileprivate var text: String? {
    switch self {
    case .none: nil
    case .gated(let second): "gated by \(second.name)"
    case .blended(let second): "blended by \(second.name)"
    }
  }
}

extension AmplifierMetadata {
  /// What is known.
  fileprivate var lines: [(label: String, text: String)] {
    func text(_ keys: [Name]) -> String? {
      let found = keys.compactMap { names[$0] }.filter { !$0.isEmpty }
      return found.isEmpty ? nil : found.joined(separator: ", ").visible().excerpt(200)
    }
    let gear = [text([.gearMake, .gearModel]), text([.gearType]).map { "(\($0))" }].compactMap { $0 }
    let levels = [("input", inputLevel), ("output", outputLevel)].compactMap { name, level in
      level.map { "\(name) \(NumberText.decimal($0, 1)) dBu" }
    }
    let rows: [(String, String?)] = [
      ("name", text([.name])), ("author", text([.modeledBy])),
      ("gear", gear.isEmpty ? nil : gear.joined(separator: " ")), ("tone", text([.toneType])),
      ("loudness", loudness.map { "\(NumberText.decimal($0, 1)) dB" }),
      ("gain", gain.map { NumberText.decimal($0, 2) }),
      ("levels", levels.isEmpty ? nil : levels.joined(separator: ", ") + " at full scale"),
    ]
    return rows.compactMap { label, text in text.map { (label, $0) } }
  }
}
