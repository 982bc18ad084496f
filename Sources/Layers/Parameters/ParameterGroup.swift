#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Settings of an optimizer for the parameters whose names match a pattern.
public struct ParameterGroup: Sendable, Equatable {
  /// A shell pattern on dotted names, such as `head.*` or `*.bias`.
  public var pattern: String
  /// Factor of the learning rate; 0 freezes the parameters, whose gradients are then not computed.
  public var rateFactor: Float
  /// The weight decay; nil for that of the algorithm.
  public var weightDecay: Float?

  /// A group.
  ///
  /// - Precondition: the factor is finite and not negative.
  public init(_ pattern: String, rateFactor: Float = 1, weightDecay: Float? = nil) {
    precondition(
      rateFactor >= 0 && rateFactor.isFinite, "a learning rate has a factor of at least 0, not \(rateFactor)")
    self.pattern = pattern
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
  }

  /// Whether a name matches the pattern.
  public func contains(_ name: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}

extension ParameterLayout {
  /// A contiguous range of parameters with the same settings.
  struct Run: Equatable {
    var range: Range<Int>
    let rateFactor: Float
    let weightDecay: Float?
    /// Rows of a matrix that is a range of its own; nil for a range of any parameters.
    let rows: Int?
  }

  /// The trained parameters as few contiguous ranges; the first group that matches a name applies.
  ///
  /// - Parameter separatesMatrices: whether every matrix is a range of its own.
  func trainedRuns(_ groups: [ParameterGroup], separatesMatrices: Bool) -> [Run] {
    var runs: [Run] = []
    var isAdjacent = false
    for entry in entries {
      let group = groups.first { $0.contains(entry.name) }
      guard entry.role == .trained && group?.rateFactor != 0 else {
        isAdjacent = false
        continue
      }
      let run = Run(
        range: entry.range, rateFactor: group?.rateFactor ?? 1, weightDecay: group?.weightDecay,
        rows: separatesMatrices && entry.isMatrix ? entry.shape[0] : nil)
      if isAdjacent, let last = runs.last, last.rows == nil, run.rows == nil, last.rateFactor == run.rateFactor,
        last.weightDecay == run.weightDecay
      {
        // The padding between two parameters is zero, has no gradient and stays zero.
        runs[runs.count - 1].range = last.range.lowerBound..<run.range.upperBound
      } else {
        runs.append(run)
      }
      isAdjacent = true
    }
    return runs
  }
}
