import KodamaCheckpoints
import KodamaInference

/// The conditioning inputs of a WaveNet, in addition to the previous samples: labels of the whole signal, such as the
/// speaker, and features over time, such as a mel spectrogram.
///
/// - Source: van den Oord et al. 2016, §2.5, "global conditioning" and "local conditioning".
public struct Conditioning: Sendable, Equatable {
  /// The size of each label's embedding.
  public var channels: Int
  /// The label sets; a signal has one label, or a mixture, of each. Empty without conditioning on labels.
  public var labels: [LabelSet]
  /// The conditioning features; nil without.
  public var features: FeatureConditioning?

  /// Conditioning on label sets and features; none by default.
  public init(channels: Int = 32, labels: [LabelSet] = [], features: FeatureConditioning? = nil) {
    self.channels = channels
    self.labels = labels
    self.features = features
  }
}

/// The conditions of one signal: a label, or a mixture of labels, of each label set of the model, and its features.
///
/// Use `Conditioning.conditions(_:)` to find labels by name.
public struct Conditions: Sendable, Hashable {
  /// By label set, in the model's order.
  public let mixtures: [[RowShare]]
  /// The features of the whole signal, for a model that is conditioned on features; nil where they are streamed.
  public var features: FeatureSequence?

  /// The conditions for a model that is not conditioned.
  public static let none = Conditions([])

  init(_ mixtures: [[RowShare]]) { self.mixtures = mixtures }

  /// One label of each set, by its index.
  public init(labels: [Int]) { mixtures = labels.map { [RowShare($0, 1)] } }

  /// The same labels with features.
  public func with(_ features: FeatureSequence?) -> Conditions {
    var conditions = self
    conditions.features = features
    return conditions
  }

  /// Whether these conditions fit a model with this conditioning.
  public func fits(_ conditioning: Conditioning) -> Bool {
    mixtures.count == conditioning.labels.count
      && zip(mixtures, conditioning.labels).allSatisfy { mixture, set in
        mixture.allSatisfy { set.values.indices.contains($0.row) }
      } && (features == nil || features?.channels == conditioning.features?.channels)
  }
}

extension Conditioning {
  /// The text of conditions: `speaker=george, digit=7`, mixtures as `speaker=george:0.7,lucas:0.3`.
  public func description(of conditions: Conditions) -> String {
    zip(labels, conditions.mixtures).map { set, mixture in
      let names = mixture.map { mixture.count == 1 ? set.values[$0.row] : "\(set.values[$0.row]):\($0.weight)" }
      return set.name + "=" + names.joined(separator: ",")
    }.joined(separator: ", ")
  }

  /// The names of the labels in the model's order of sets; of a mixture, that of its largest share.
  public func names(of conditions: Conditions) -> [String] {
    zip(labels, conditions.mixtures).compactMap { set, mixture in
      mixture.max { $0.weight < $1.weight }.map { set.values[$0.row] }
    }
  }

  /// Conditions of single labels, numbered so that all combinations are enumerated: the label of the last set changes
  /// with every number.
  public func conditions(number: Int) -> Conditions {
    precondition(number >= 0, "conditions are numbered from 0, not \(number)")
    var (rest, chosen) = (number, [Int]())
    for set in labels.reversed() {
      chosen.append(rest % set.values.count)
      rest /= set.values.count
    }
    return Conditions(labels: chosen.reversed())
  }
}

extension Conditioning {
  /// The length in samples of a signal under some conditions.
  ///
  /// - Parameters:
  ///   - samples: the requested length; nil for the length of the features.
  ///   - primed: samples of the signal before the requested ones.
  /// - Throws: `WaveNetFault.missingFeatures`, `.notConditionedOnFeatures`, `.featureChannels`, `.featuresTooShort`.
  package func length(
    of conditions: Conditions, samples: Int?, primed: Int = 0
  ) throws(WaveNetFault) -> Int {
    guard let wanted = features else {
      if conditions.features != nil { throw .notConditionedOnFeatures }
      guard let samples else { preconditionFailure("the length of a signal without features") }
      return samples
    }
    guard let found = conditions.features else { throw .missingFeatures(wanted) }
    if found.channels != wanted.channels { throw .featureChannels(found: found.channels, wanted) }
    let reached = max(0, found.frames * wanted.hopLength - primed)
    if let samples, samples > reached {
      throw .featuresTooShort(frames: found.frames, wanted, samples: samples + primed)
    }
    return samples ?? reached
  }
}
