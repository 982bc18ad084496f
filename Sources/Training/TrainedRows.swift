import KodamaLayers
import KodamaTensors

/// What of a network is trained where everything else stays, bit for bit: rows of some parameters.
public struct TrainedRows: Sendable, Equatable {
  /// By the name of the parameter, places on its first axis.
  public let rows: [String: Set<Int>]

  /// Rows of some parameters.
  public init(_ rows: [String: Set<Int>]) { self.rows = rows }

  /// Puts back what is not trained as it was before.
  func restore(_ parameters: inout Parameters<Float>, from before: Parameters<Float>) {
    for name in parameters.names {
      guard let trained = rows[name] else {
        parameters[name] = before[name]
        continue
      }
      let (target, source) = (parameters[name].mutable, before[name].region)
      let count = before[name].shape[0]
      let length = before[name].count / max(1, count)
      for row in 0..<count where !trained.contains(row) {
        (target.base + row * length).update(from: source.base + row * length, count: length)
      }
    }
  }
}
