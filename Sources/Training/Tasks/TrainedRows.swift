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
      let count = parameters[name].shape.rank == 0 ? 1 : parameters[name].shape[0]
      let kept = (0..<count).filter { !(rows[name] ?? []).contains($0) }
      parameters.copyRows(kept, of: name, from: before)
    }
  }
}
