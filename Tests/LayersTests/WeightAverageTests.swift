import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

@Suite struct WeightAverageTests {
  private func weights(_ value: Float) -> Parameters<Float> { Parameters([("w", Tensor([3], repeating: value))]) }

  @Test func theDecayGrowsFromATenthToItsEnd() {
    var average = WeightAverage(decay: 0.25, parameters: weights(0))
    var expected: Float = 0
    // (1 + n) / (10 + n) is 1/10, 2/11, 3/12 = 1/4, and more from then on.
    for (update, decay) in ([0.1, 2.0 / 11, 0.25, 0.25, 0.25] as [Float]).enumerated() {
      let value = Float(update + 1)
      average.update(weights(value))
      expected = decay * expected + (1 - decay) * value
      #expect(average.updates == update + 1)
      #expect(average.parameters["w"].elements.nonemptyAllSatisfy { abs($0 - expected) < 1e-6 }, "update \(update)")
    }
  }

  @Test func theAverageOfEqualWeightsIsThem() {
    var average = WeightAverage(decay: 0.999, parameters: weights(2))
    for _ in 0..<100 { average.update(weights(2)) }
    #expect(average.parameters["w"].elements.nonemptyAllSatisfy { abs($0 - 2) < 1e-5 })
  }

  @Test func anAverageGoesOnFromItsUpdates() {
    var whole = WeightAverage(decay: 0.9, parameters: weights(0))
    for value in 1...6 { whole.update(weights(Float(value))) }
    var parts = WeightAverage(decay: 0.9, parameters: weights(0))
    for value in 1...3 { parts.update(weights(Float(value))) }
    parts = WeightAverage(decay: 0.9, parameters: parts.parameters, updates: parts.updates)
    for value in 4...6 { parts.update(weights(Float(value))) }
    #expect(parts.parameters == whole.parameters)
  }
}
