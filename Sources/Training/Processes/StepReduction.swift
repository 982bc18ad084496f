import KodamaLayers

/// Several processes that share the examples of each step, and add up their gradients.
///
/// A step's examples are divided into parts, each of which is one forward and one backward pass. Every process draws the
/// same numbers of examples, computes the parts of its share, and gets the same totals, so that all take the same step.
public protocol StepReduction: ProcessTeam {
  /// Begins a sum over parts, or some of the parts, of a step.
  ///
  /// - Parameters:
  ///   - parts: receive the gradients, one for each part of this process's share.
  ///   - earlier: the sum of the step's parts before these, which comes first; nil for none. The same in all processes.
  func begin(_ parts: [ParameterArena], after earlier: ParameterArena?)

  /// Elements of the gradients are final in all of this process's parts.
  ///
  /// - Throws: `Abandoned`, where the step is not to be finished.
  func isFinal(_ elements: Range<Int>) throws

  /// Ends the sum: that of the gradients of all processes, after the earlier ones, is in the first arena.
  ///
  /// - Parameters:
  ///   - numbers: those of each part of this process's share, such as its loss.
  ///   - count: the number of all parts.
  /// - Returns: the numbers of all parts, in order.
  /// - Throws: where another process cannot be reached, or `Abandoned`; the step is discarded then.
  func finish(_ numbers: [[Double]], ofParts count: Int) throws -> [[Double]]

  /// Adds up numbers of all processes in place, in the order of the processes.
  ///
  /// - Throws: as `finish(_:ofParts:)`.
  func add(_ numbers: ParameterArena) throws
}
