import KodamaInference
import KodamaLayers

/// What a search measured and chose. Keys as in JSON.
public struct CompressionSearchReport: Sendable, Equatable, Codable {
  /// A model that was measured whole.
  public struct Point: Sendable, Equatable, Codable {
    /// The precision of all layers, of a model without zeros of the search's own; nil of mixed ones.
    public let name: String?
    /// Bytes of all weights, scales, biases and embeddings.
    public let bytes: Int
    /// Samples per second of one stream on one core.
    public let samplesPerSecond: Double
    /// Bits per sample more than the original needs; noise can make it negative.
    public let bitsPerSampleLost: Double
    /// Whether another point is no worse in anything, and better in something; of losses their size counts.
    public let isDominated: Bool
    /// Whether it is the model that was chosen.
    public let isChosen: Bool
    /// What chose it to be measured, nothing of a model of one precision; nil where there was no agent.
    public let foundBy: [ModelSearcher]?
  }

  /// A form of a group of layers.
  public struct Choice: Sendable, Equatable, Codable {
    /// The precision.
    public let precision: Precision
    /// The share of blocks that are made 0, from 0 to less than 1.
    public let sparsity: Double
    /// Bytes of the group's layers.
    public let bytes: Int
    /// Bits per sample that are lost where this group alone has the form, on the first `sensitivitySamples` samples:
    /// the size of the change. Nil where it is not finite.
    public let bitsPerSampleLost: Double?
    /// Microseconds of a sample that are saved, from the time of all layers of the kind together.
    public let microsecondsSaved: Double
    /// Whether it is the form that was chosen.
    public let isChosen: Bool
  }

  /// Layers that got one form together.
  public struct Group: Sendable, Equatable, Codable {
    /// A path, or of several layers one such as `blocks.0-4.dilated`.
    public let name: String
    /// The paths of the layers.
    public let layers: [String]
    /// All forms, the original first.
    public let choices: [Choice]
  }

  /// A layer of the chosen model.
  public struct Layer: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// Its precision.
    public let precision: Precision
    /// The share of its weights that are 0, from 0 to 1.
    public let zeroShare: Double
  }

  /// What was asked for.
  public let target: CompressionTarget
  /// Mean of −log2 p(x_t | x_<t) of the original.
  public let bitsPerSampleBefore: Double
  /// The number of samples that models were compared on.
  public let samples: Int
  /// The number of samples that single groups were compared on.
  public let sensitivitySamples: Int
  /// The folder of recordings that models were compared on; nil where they are not of a folder.
  public var comparedOn: String?
  /// The models that were measured, the original first, the others by falling bytes.
  public let points: [Point]
  /// Groups of layers and their forms.
  public let groups: [Group]
  /// The layers of the chosen model.
  public let layers: [Layer]
  /// The models of an agent beside those of the greedy search; nil where there was no agent.
  public let comparison: SearchComparison?

  /// The chosen point.
  public var chosen: Point { points.first(where: \.isChosen) ?? points[0] }

  init(
    _ search: CompressionSearch, _ measurements: SearchMeasurements, target: CompressionTarget, chosen: Int,
    times: [[Double]], losses: [[Double]]
  ) {
    self.target = target
    comparison = measurements.comparison
    bitsPerSampleBefore = search.bitsPerSample
    samples = search.signals.reduce(0) { $0 + $1.count }
    sensitivitySamples = search.part.reduce(0) { $0 + $1.count }
    let all = measurements.points
    let points = all.enumerated().map { index, point in
      Point(
        name: point.name, bytes: point.bytes, samplesPerSecond: 1 / point.seconds, bitsPerSampleLost: point.loss,
        isDominated: all.contains { Self.dominates($0, point) }, isChosen: index == chosen,
        foundBy: measurements.comparison.map { _ in ModelSearcher.allCases.filter(point.foundBy.contains) })
    }
    self.points =
      Array(points.prefix(1))
      + points.dropFirst().sorted { ($1.bytes, $0.bitsPerSampleLost) < ($0.bytes, $1.bitsPerSampleLost) }
    let choices = all[chosen].choices
    groups = search.groups.indices.map { group in
      let forms = search.forms[group].enumerated().map { index, form in
        Choice(
          precision: form.form.precision, sparsity: form.form.sparsity, bytes: form.bytes,
          bitsPerSampleLost: losses[group][index].isFinite ? losses[group][index] : nil,
          microsecondsSaved: 0 - times[group][index] * 1e6, isChosen: index == choices[group])
      }
      return Group(name: search.groups[group].name, layers: search.groups[group].paths, choices: forms)
    }
    layers = search.model(choices).layers.map {
      Layer(path: $0.path, precision: $0.precision, zeroShare: $0.zeroShare)
    }
  }

  private static func dominates(_ a: SearchMeasurements.Point, _ b: SearchMeasurements.Point) -> Bool {
    a.bytes <= b.bytes && a.seconds <= b.seconds && a.change <= b.change
      && (a.bytes < b.bytes || a.seconds < b.seconds || a.change < b.change)
  }
}
