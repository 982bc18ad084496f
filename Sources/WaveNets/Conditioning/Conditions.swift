import KodamaInference

/// What one signal is conditioned on: of each label set of the model one label, or a mixture of several, and its features.
///
/// Labels come from `Conditioning.conditions(_:)`, which knows the names.
public struct Conditions: Sendable, Hashable {
  /// By label set, in the model's order.
  public let mixtures: [[RowShare]]
  /// The features of the whole signal, of a model that is conditioned on some; nil where they are given as they become
  /// known.
  public var features: FeatureSequence?

  /// Those of a model that is not conditioned.
  public static let none = Conditions([])

  init(_ mixtures: [[RowShare]]) { self.mixtures = mixtures }

  /// One label of each set, by its place.
  public init(labels: [Int]) { mixtures = labels.map { [RowShare($0, 1)] } }

  /// The same labels with features.
  public func with(_ features: FeatureSequence?) -> Conditions {
    var conditions = self
    conditions.features = features
    return conditions
  }

  /// Whether these are conditions of such a model.
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

  /// The names of the labels, of a mixture that of its largest share, in the model's order of sets.
  public func names(of conditions: Conditions) -> [String] {
    zip(labels, conditions.mixtures).compactMap { set, mixture in
      mixture.max { $0.weight < $1.weight }.map { set.values[$0.row] }
    }
  }

  /// Conditions of single labels, numbered so that all combinations are gone through: the last set's labels change with
  /// every number.
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
