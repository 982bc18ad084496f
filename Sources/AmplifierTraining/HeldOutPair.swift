import KodamaAmplifiers
import KodamaTensors

/// The error of a model on the end of a pair, which it is not trained on.
package struct HeldOutPair: Sendable {
  private let dry: [Float]
  private let wet: [Float]
  private let lookback: Int
  private let preEmphasis: Float

  /// The outputs of a range.
  ///
  /// - Precondition: `lookback` samples before the range.
  package init(_ pair: AlignedPair, outputs: Range<Int>, lookback: Int, preEmphasis: Double) {
    precondition(outputs.lowerBound >= lookback, "outputs \(outputs) after \(lookback) inputs")
    dry = Array(pair.dry[outputs.lowerBound - lookback..<outputs.upperBound])
    wet = Array(pair.wet[outputs])
    (self.lookback, self.preEmphasis) = (lookback, Float(preEmphasis))
  }

  /// The error-to-signal ratios without and with pre-emphasis of what the engine plays.
  package func ratios(of model: AmplifierModel) -> [Double] {
    let played = Array(AmplifierProcessor(model).process(dry)[lookback...])
    func emphasized(_ samples: [Float]) -> [Float] {
      Tensor([1, samples.count], samples).preEmphasized(preEmphasis).elements
    }
    return [
      SquaredErrors(played, wet).ratio, SquaredErrors(emphasized(played), emphasized(wet)).ratio,
    ]
  }
}
