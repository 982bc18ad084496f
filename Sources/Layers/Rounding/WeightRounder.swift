import KodamaCore
import KodamaTensors

/// Rounds a network's weights to those that it computes with while it is trained. Their gradients are taken as those of
/// the weights before rounding: the straight-through estimator.
///
/// The scale of each output or group is that of the least squared error of its weights, at every step anew, so that it is
/// learned with them. (Esser et al. 2020, "Learned step size quantization", train scales by their own gradient.)
///
/// - Source: Bengio et al. 2013, "Estimating or propagating gradients through stochastic neurons", §4.
public struct WeightRounder: Sendable {
  private let plan: RoundingPlan
  private let layers: [(name: String, form: WeightForm, precision: Precision)]

  /// A rounder of the parameters that a network declares.
  public init(_ plan: RoundingPlan, _ declarations: [ParameterDeclaration]) {
    self.plan = plan
    layers = declarations.compactMap { declaration in
      let precision = plan.precision(of: declaration)
      return precision.hasIntegerInputs ? (declaration.name, WeightForm(declaration.shape), precision) : nil
    }
  }

  /// The names of the parameters that are rounded.
  public var names: [String] { layers.map(\.name) }

  /// The weights that a network computes with after a step. They do not depend on the number of threads.
  public func rounded(
    _ parameters: Parameters<Float>, afterStep step: Int, workers: Workers = .serial
  ) -> Parameters<Float> {
    if step < plan.firstStep { return parameters }
    var result = parameters
    for (name, form, precision) in layers {
      result.withUnsafeMutableBuffer(of: name) { values in
        nonisolated(unsafe) let values = values
        let runs = Workers.runs(of: 0..<form.outputs, most: max(1, 8192 / (form.channels * form.taps)))
        workers.forEach(parts: runs.count) { form.round(values, outputs: runs[$0], precision) }
      }
    }
    return result
  }
}
