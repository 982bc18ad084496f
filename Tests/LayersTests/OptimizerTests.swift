import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// Held to PyTorch 2.15; `optimizer_golden.py` beside this file prints every number used here.
@Suite struct OptimizerTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let algorithm: OptimizerAlgorithm
    let steps: [[Float]]
  }

  static let golden = [
    Golden(testDescription: "SGD", algorithm: .sgd(), steps: OptimizerGolden.sgd),
    Golden(testDescription: "SGD, decay", algorithm: .sgd(weightDecay: 0.1), steps: OptimizerGolden.sgdDecayed),
    Golden(testDescription: "momentum", algorithm: .sgd(momentum: 0.9), steps: OptimizerGolden.momentum),
    Golden(
      testDescription: "Nesterov, decay", algorithm: .sgd(momentum: 0.9, nesterov: true, weightDecay: 0.1),
      steps: OptimizerGolden.nesterov),
    Golden(testDescription: "Adagrad", algorithm: .adagrad(), steps: OptimizerGolden.adagrad),
    Golden(
      testDescription: "Adagrad, decay", algorithm: .adagrad(weightDecay: 0.1), steps: OptimizerGolden.adagradDecayed),
    Golden(testDescription: "RMSProp", algorithm: .rmsProp(), steps: OptimizerGolden.rmsProp),
    Golden(
      testDescription: "RMSProp, decay", algorithm: .rmsProp(decay: 0.9, weightDecay: 0.1),
      steps: OptimizerGolden.rmsPropDecayed),
    Golden(testDescription: "Adam", algorithm: .adam(), steps: OptimizerGolden.adam),
    Golden(
      testDescription: "Adam, decay", algorithm: .adam(beta1: 0.8, beta2: 0.99, weightDecay: 0.1),
      steps: OptimizerGolden.adamDecayed),
    Golden(testDescription: "AdamW", algorithm: .adamW(), steps: OptimizerGolden.adamW),
    Golden(testDescription: "AdamW, decay", algorithm: .adamW(weightDecay: 0.1), steps: OptimizerGolden.adamWDecayed),
  ]

  private func parameters(_ values: [Float]) -> Parameters<Float> { Parameters([("w", Tensor([4], values))]) }

  @Test(arguments: golden) func tenStepsEqualPyTorch(_ golden: Golden) {
    var weights = parameters(OptimizerGolden.start)
    var optimizer = Optimizer(golden.algorithm, for: weights)
    #expect(golden.steps.count == 10 && OptimizerGolden.gradients.count == 10)
    for (gradient, expected) in zip(OptimizerGolden.gradients, golden.steps) {
      optimizer.update(&weights, gradients: parameters(gradient), learningRate: OptimizerGolden.rate)
      expectClose(weights["w"], Tensor([4], expected), tolerance: 1e-6, "step \(optimizer.step)")
    }
  }

  @Test(arguments: golden) func anOptimizerGoesOnFromWhatItRemembered(_ golden: Golden) {
    var weights = parameters(OptimizerGolden.start)
    var optimizer = Optimizer(golden.algorithm, for: weights)
    #expect(optimizer.state.count == golden.algorithm.slots.count)
    for (index, gradient) in OptimizerGolden.gradients.enumerated() {
      if index == 4 { optimizer = Optimizer(golden.algorithm, step: optimizer.step, state: optimizer.state) }
      optimizer.update(&weights, gradients: parameters(gradient), learningRate: OptimizerGolden.rate)
    }
    expectClose(weights["w"], Tensor([4], golden.steps[9]), tolerance: 1e-6)
  }
}

@Suite struct WeightAverageTests {
  private func weights(_ value: Float) -> Parameters<Float> { Parameters([("w", Tensor([3], repeating: value))]) }

  @Test func theDecayGrowsFromATwentiethToItsEnd() {
    var average = WeightAverage(decay: 0.25, parameters: weights(0))
    var expected: Float = 0
    // (1 + n) / (20 + n), which is more than 1/4 from the seventh on.
    let decays: [Float] = [0.05, 2.0 / 21, 3.0 / 22, 4.0 / 23, 5.0 / 24, 0.24, 0.25, 0.25]
    for (update, decay) in decays.enumerated() {
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
