import KodamaLayers
import KodamaTensors

/// The gradients of a step that another process computed.
public struct ServedGradients {
  /// The gradients, summed over the examples of the step where it has several parts.
  public let gradients: ParameterArena
  /// The number of measured elements, and each measure summed over them.
  public let numbers: [Double]
  /// The steps that were taken since the weights of these gradients were sent.
  public let staleness: Int

  /// Gradients of another process.
  public init(_ gradients: ParameterArena, numbers: [Double], staleness: Int) {
    (self.gradients, self.numbers, self.staleness) = (gradients, numbers, staleness)
  }
}

/// The server of an asynchronous training: has the weights, and takes steps by the gradients that come.
///
/// - Source: Dean et al. 2012, *Large scale distributed deep networks*, §4.1 (Downpour SGD), with all weights in one place and
///   an exchange after every batch.
public protocol GradientServer: AnyObject {
  /// Sends weights to the process whose gradients came last, at first to all, and waits for the next gradients.
  ///
  /// - Parameters:
  ///   - weights: those after `step` steps.
  ///   - examplesDrawn: those of these steps.
  /// - Throws: `Abandoned`.
  func next(_ weights: Parameters<Float>, step: Int, examplesDrawn: Int) throws -> ServedGradients
}

/// The other side of a server.
public protocol GradientClient: AnyObject {
  /// Sends gradients, and receives the weights for the next ones.
  ///
  /// - Parameters:
  ///   - gradients: nil at first.
  ///   - numbers: as in `ServedGradients`.
  ///   - stops: whether training is to be interrupted.
  ///   - weights: receives the weights.
  /// - Returns: the number of steps the weights have taken, and the first of the examples to use; nil where training is over.
  func exchange(
    _ gradients: ParameterArena?, numbers: [Double], stops: Bool, weights: ParameterArena
  ) throws -> (step: Int, firstExample: Int)?
}
