import KodamaInference
import KodamaSignal
import KodamaWaveNets
import TestSupport

/// A model of any precisions computed by the plain graph: the oracle of streams.
struct PlainNetwork {
  private let model: InferenceModel
  private let conditions: Conditions

  init(_ model: InferenceModel, _ conditions: Conditions = .none) {
    self.model = model
    self.conditions = conditions
  }

  /// The logits of the steps that codes belong to.
  func logits(of codes: [Int32]) -> [[Double]] {
    let companding = model.configuration.companding
    let features = steps(codes.count)
    var graph = PlainGraph(model.network, mixtures: conditions.mixtures)
    return codes.indices.map { step in
      let code = step == 0 ? nil : Int(codes[step - 1])
      let input: PlainGraph.Input =
        model.configuration.input == .embedding
        ? .row(code ?? companding.silence) : .sample(code.map { Double(companding.decode($0)) } ?? 0)
      return graph.step(input, features: features.isEmpty ? [] : features[step])
    }
  }

  /// The features of every step; none where there are no features.
  private func steps(_ count: Int) -> [[Double]] {
    guard let features = model.features, let sequence = conditions.features else { return [] }
    let window = features.conditioning.window(of: sequence, steps: 0..<count)
    let numbers = features.steps(window.values)
    return (0..<count).map { step in
      numbers[step * sequence.channels..<(step + 1) * sequence.channels].map { Double($0) }
    }
  }
}
