import KodamaCore
import KodamaGeneration
import KodamaInference
import KodamaWaveNets

/// Searches a precision and a sparsity for each layer of a model that meet a target, without training.
///
/// Every form of every layer, or group of layers, is measured alone: the bits per sample that it loses and the time that
/// it saves. A greedy search with a look-ahead adds these up (`SearchFront`). Losses and times do not add up exactly, so
/// that models along its path and near the target are measured whole, and the estimates are corrected by that. The choice
/// is among models that were measured:
///
/// - of a number of bytes, the model of the least loss that has no more;
/// - of a speed, the model of the least loss that is as fast;
/// - of a loss, the fastest model that loses no more, and of equally fast ones that of the fewest bytes.
///
/// Losses are compared by their size: recordings unlike those that a model was trained on can be predicted better by a
/// model that was ruined, which is a change too.
///
/// On request an agent chooses too (`CompressionAgent`): it measures as many models, the choice is among those of both, and
/// the report compares them (`SearchComparison`).
///
/// The choice for a number of bytes depends on the recordings alone; the others follow speeds as they are measured.
///
/// - Source: choosing bits by the sensitivity of each layer as in Dong et al. 2019, "HAWQ", with the loss itself in place
///   of second derivatives; measured speed in place of counted operations as in Yang et al. 2018, "NetAdapt".
public struct CompressionSearch: Sendable {
  /// A model that was found, and the report of the search.
  public struct Result: Sendable {
    /// The model.
    public let model: InferenceModel
    /// What was measured and chosen.
    public let report: CompressionSearchReport

    package init(model: InferenceModel, report: CompressionSearchReport) {
      (self.model, self.report) = (model, report)
    }
  }

  /// Mean of −log2 p(x_t | x_<t) of the signals before compression.
  public let bitsPerSample: Double

  let original: InferenceModel
  let signals: [[Int32]]
  let conditions: [Conditions]
  /// The start of the signals, on which single groups are measured.
  let part: [[Int32]]
  let groups: [LayerGroup]
  /// The distinct forms of each group, the original first.
  let forms: [[GroupForm]]
  let workers: Workers

  /// A form of a group.
  struct GroupForm: Sendable {
    let form: LayerForm
    let layers: [InferenceLayer]
    let bytes: Int
  }

  /// Samples of a measurement of one group at most, and multiply-adds of all of them.
  private static let partLimit = (samples: 16_384, multiplyAdds: 1 << 34)

  /// Rounds the layers of a model to all forms, and measures the original.
  ///
  /// - Parameters:
  ///   - calibration: observed inputs of the layers.
  ///   - signals: codes on which models are compared, each from its own first sample.
  ///   - conditions: of each signal, where the model is conditioned.
  /// - Throws: `GenerationFault`.
  /// - Precondition: signals that are not empty, and none or as many conditions.
  public init(
    _ model: WaveNetModel, calibration: Calibration, on signals: [[Int32]], conditions: [Conditions] = [],
    workers: Workers = .all
  ) throws {
    precondition(
      !signals.isEmpty && signals.allSatisfy { !$0.isEmpty }
        && (conditions.isEmpty || conditions.count == signals.count),
      "\(signals.count) signals, which must not be empty, and \(conditions.count) conditions")
    let original = InferenceModel(model)
    let multiplyAdds = original.layers.reduce(0) { $0 + $1.multiplyAdds }
    let samples = max(1024, min(Self.partLimit.samples, Self.partLimit.multiplyAdds / max(1, multiplyAdds)))
    (self.original, self.signals, self.conditions, self.workers) = (original, signals, conditions, workers)
    part = Self.prefix(of: signals, samples: samples)
    bitsPerSample = try original.bitsPerSample(on: signals, conditions, workers: workers)
    let quantizer = Quantizer(model, calibration: calibration, workers: workers)
    let layers = LayerForm.all.map { ($0, quantizer.layers(of: original, in: $0)) }
    groups = LayerGroup.groups(of: original.layers.map(\.path))
    forms = groups.map { group in
      layers.reduce(into: [GroupForm]()) { forms, entry in
        let own = group.paths.compactMap { entry.1[$0] }
        // A layer that was pruned already has fewer forms.
        if forms.contains(where: { $0.layers == own }) { return }
        forms.append(GroupForm(form: entry.0, layers: own, bytes: own.reduce(0) { $0 + $1.storedBytes }))
      }
    }
  }

  /// Searches.
  ///
  /// - Parameters:
  ///   - agent: chooses models too; nil for the greedy search alone.
  ///   - progress: called with the share of the work that is done, and with what is done next.
  ///   - isInterrupted: whether to end early; asked between measurements.
  /// - Returns: nil where it was interrupted.
  /// - Throws: `CompressionFault.outOfReach`; `GenerationFault`; `ReinforcementFault` where what an agent learns is not
  ///   finite.
  /// - Precondition: an agent measures a model at least.
  public func run(
    for target: CompressionTarget, agent: SearchAgent? = nil,
    progress: (_ share: Double, _ work: String) -> Void = { _, _ in },
    isInterrupted: () -> Bool = { false }
  ) throws -> Result? {
    precondition(agent?.evaluations ?? 1 > 0, "an agent of \(agent?.evaluations ?? 0) evaluations")
    return try withoutActuallyEscaping(progress) { progress in
      try withoutActuallyEscaping(isInterrupted) { isInterrupted in
        var measuring = SearchMeasurements(self, progress: progress, isInterrupted: isInterrupted)
        do { return try measuring.result(for: target, agent: agent) } catch is SearchMeasurements.Interruption {
          return nil
        }
      }
    }
  }

  /// The model of a form for each group, its tables rounded as those of a model of the scheme that this amounts to.
  func model(_ choices: [Int]) -> InferenceModel {
    let layers = zip(forms, choices).flatMap { $0[$1].layers }
    let byPath = Dictionary(uniqueKeysWithValues: layers.map { ($0.path, $0) })
    let model = original.mapLayers { byPath[$0.path] ?? $0 }
    return model.mapTables { Quantizer.roundedTable($0, model.quantization?.scheme ?? .float32) }
  }

  /// The original but for groups in a form.
  func model(_ form: LayerForm, where isChanged: (LayerGroup) -> Bool) -> InferenceModel {
    model(groups.indices.map { isChanged(groups[$0]) ? choice(of: $0, form) : 0 })
  }

  /// The index of a form of a group; that of the original where the group does not have it.
  func choice(of group: Int, _ form: LayerForm) -> Int { forms[group].firstIndex { $0.form == form } ?? 0 }

  /// The first signals with a total of `samples` samples, the last one cut; only signals behind them are left out.
  package static func prefix(of signals: [[Int32]], samples: Int) -> [[Int32]] {
    var rest = samples
    return signals.map { signal in
      defer { rest = max(0, rest - signal.count) }
      return Array(signal.prefix(rest))
    }.filter { !$0.isEmpty }
  }
}

extension InferenceModel {
  /// Mean of −log2 p(x_t | x_<t) of signals, each from its own first sample, by the arithmetic that generates.
  ///
  /// - Throws: `GenerationFault`.
  func bitsPerSample(on signals: [[Int32]], _ conditions: [Conditions], workers: Workers) throws -> Double {
    let engine = try WaveNetEngine(self)
    let bits = workers.map(parts: signals.count) { number in
      let scorer = EngineScorer(engine, conditions: conditions.isEmpty ? .none : conditions[number])
      for start in stride(from: 0, to: signals[number].count, by: 256) {
        scorer.add(codes: Array(signals[number][start..<min(start + 256, signals[number].count)]))
      }
      return scorer.bits
    }
    return bits.reduce(0, +) / Double(max(1, signals.reduce(0) { $0 + $1.count }))
  }
}
