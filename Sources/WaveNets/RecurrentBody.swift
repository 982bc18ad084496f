import KodamaInference
import KodamaLayers
import KodamaTensors

/// The gated recurrent layer between the input and the head of a recurrent network. `WaveNet` has the formulas.
///
/// - Source: Kalchbrenner et al. 2018, "Efficient neural audio synthesis", §2.1, without the two halves of 16-bit samples;
///   the unit is that of PyTorch (see `RecurrentUnit.gru`).
public struct RecurrentBody: Layer, Equatable {
  /// The product of inputs, [3H, R, 1], with the bias of the gates.
  public let input: Convolution
  /// The recurrent product, [3H, H, 1], with a bias of its own.
  public let hidden: Convolution
  /// [3H, C, 1]; nil where the network is not conditioned on labels.
  public let labels: Convolution?
  /// [3H, C, 1]; nil where the network is not conditioned on features.
  public let features: Convolution?

  private static let unit = RecurrentUnit.gru

  init(units: Int, configuration c: WaveNetConfiguration) {
    let rows = Self.unit.gates * units
    func layer(_ name: String, from channels: Int, bias: Bool) -> Convolution {
      .pointwise(
        "recurrent." + name, inputChannels: channels, outputChannels: rows, bias: bias,
        weightNormalization: c.weightNormalization)
    }
    input = layer("input", from: c.residualChannels, bias: c.bias)
    hidden = layer("hidden", from: units, bias: c.bias)
    labels = c.conditioning.labels.isEmpty ? nil : layer("labels", from: c.conditioning.channels, bias: false)
    features = c.conditioning.features.map { layer("features", from: $0.channels, bias: false) }
  }

  public var declarations: [ParameterDeclaration] {
    input.declarations + hidden.declarations + (labels?.declarations ?? []) + (features?.declarations ?? [])
  }

  /// The units H.
  public var units: Int { hidden.geometry.inputChannels }

  /// The states after all steps, and the last one.
  ///
  /// - Parameter initial: the state before the first step; nil for 0.
  /// - Shapes: [B, T, R] → [B, T, H]; a state is [B, H].
  func forward<S: Scalar>(
    _ x: Variable<S>, _ conditioning: ConditioningInput<S>, from initial: RecurrentState<Variable<S>>?, _ pass: Pass<S>
  ) -> (outputs: Variable<S>, state: RecurrentState<Variable<S>>) {
    let rows = hidden.geometry.outputChannels
    var (bias, productBias) = (input.bias(in: pass), Variable<S>?.none)
    if let added = hidden.bias(in: pass) {
      // The new gate's belongs to the recurrent product, which the reset gate scales.
      let shared = added.sliced(axis: 0, 0..<2 * units).padded(axis: 0, before: 0, after: units)
      bias = bias.map { $0 + shared } ?? shared
      productBias = added.sliced(axis: 0, 2 * units..<rows)
    }
    var gates = x.convolution(weight: input.weight.variable(in: pass), bias: bias, geometry: input.geometry)
    if let labels, let vectors = conditioning.labels { gates = gates + labels.forward(vectors, pass) }
    if let features, let steps = conditioning.features { gates = gates + features.forward(steps, pass) }
    return gates.recurrence(
      Self.unit, weight: hidden.weight.variable(in: pass).reshaped([rows, units]), productBias: productBias,
      initial: initial)
  }
}

extension RecurrentBody {
  /// Adds the nodes of the layer to a graph; returns the state after a step.
  ///
  /// - Parameters:
  ///   - labels: the vector of a signal's labels; nil without labels.
  ///   - features: the features of the step; nil without features.
  func write(
    to graph: inout StepGraph, _ x: StepGraph.Value, labels vectors: StepGraph.Value?, features steps: StepGraph.Value?
  ) -> StepGraph.Value {
    var conditions: [StepGraph.Value] = []
    if let labels, let vectors { conditions.append(graph.convolution(labels, vectors, isQuantizable: false)) }
    if let features, let steps { conditions.append(graph.convolution(features, steps)) }
    var gates = [graph.convolution(input, x)]
    if !conditions.isEmpty { gates.append(graph.add(conditions, name: "recurrent.conditions")) }
    let sum = graph.add(gates, name: "recurrent.gates")
    graph.beginStage()
    return graph.recurrence(hidden, gates: sum, name: "recurrent")
  }
}
