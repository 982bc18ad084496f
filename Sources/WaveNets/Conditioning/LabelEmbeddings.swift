import KodamaLayers
import KodamaTensors

/// The embeddings of labels: a table for each set; a signal's vector is the sum over the sets of its labels' rows, or
/// of the weighted means of the rows of mixtures.
///
/// Tables are initialized with normal numbers of standard deviation 0.1.
///
/// - Shapes: B conditions → [B, 1, C].
/// - Parameters in checkpoints: `labels.s.weight` [labels of set s, C].
public struct LabelEmbeddings: Layer, Equatable {
  /// By label set.
  public let tables: [Embedding]

  /// Nil where there are no label sets.
  init?(_ conditioning: Conditioning) {
    if conditioning.labels.isEmpty { return nil }
    tables = conditioning.labels.enumerated().map { index, set in
      // Small, so that untrained labels do not drown the signal.
      Embedding(
        "labels.\(index)", classes: set.values.count, channels: conditioning.channels,
        initializer: .normal(standardDeviation: 0.1))
    }
  }

  public var declarations: [ParameterDeclaration] { tables.flatMap(\.declarations) }

  /// The vector of every signal.
  func forward<S: Scalar>(_ conditions: [Conditions], _ pass: Pass<S>) -> Variable<S> {
    let rows = tables.indices.map { set in
      var shares = [S](repeating: 0, count: conditions.count * tables[set].classes)
      for (signal, conditions) in conditions.enumerated() {
        for share in conditions.mixtures[set] { shares[signal * tables[set].classes + share.row] = S(share.weight) }
      }
      let mixing = pass.tape.constant(Tensor([conditions.count, 1, tables[set].classes], shares))
      return mixing.matrixProduct(tables[set].table(in: pass))
    }
    return rows.dropFirst().reduce(rows[0], +)
  }
}
