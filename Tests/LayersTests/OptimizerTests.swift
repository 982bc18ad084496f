import KodamaCore
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

/// Muon held to PyTorch's, by the same script.
@Suite struct MuonTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rows: Int
    let columns: Int
    let weightDecay: Float
    let steps: [[Float]]

    func gradient(_ step: Int) -> Tensor<Float> {
      Tensor([rows, columns], elements { Float((3 * $0 + 5 * $1 + 2 * step) % 11 - 5) / 8 })
    }

    var start: Tensor<Float> { Tensor([rows, columns], elements { Float((5 * $0 + 3 * $1) % 7 - 3) / 4 }) }

    private func elements(_ element: (Int, Int) -> Float) -> [Float] {
      (0..<rows * columns).map { element($0 / columns, $0 % columns) }
    }
  }

  static let cases = [
    Case(testDescription: "tall", rows: 3, columns: 2, weightDecay: 0, steps: OptimizerGolden.tall),
    Case(testDescription: "wide, decay", rows: 2, columns: 4, weightDecay: 0.1, steps: OptimizerGolden.wide),
  ]

  private func declaration(_ name: String, _ shape: Shape, isMatrix: Bool) -> ParameterDeclaration {
    ParameterDeclaration(name, shape, .constant(0), isMatrix: isMatrix)
  }

  @Test(arguments: cases) func tenStepsOfAMatrixEqualPyTorch(_ example: Case) {
    let shape: Shape = [example.rows, example.columns]
    var weights = Parameters<Float>([declaration("w", shape, isMatrix: true)]) { _ in example.start }
    var optimizer = Optimizer(.muon(weightDecay: example.weightDecay), for: weights)
    for (step, expected) in example.steps.enumerated() {
      var gradients = weights.zeros
      gradients["w"] = example.gradient(step)
      optimizer.update(&weights, gradients: gradients, learningRate: OptimizerGolden.rate)
      expectClose(weights["w"], Tensor(shape, expected), tolerance: 1e-5, "step \(step)")
    }
  }

  @Test func whatIsNoMatrixIsUpdatedAsByAdam() {
    var weights = Parameters<Float>([declaration("w", [2, 2], isMatrix: false)]) { _ in
      Tensor([2, 2], OptimizerGolden.start)
    }
    var optimizer = Optimizer(.muon(), for: weights)
    for (gradient, expected) in zip(OptimizerGolden.gradients, OptimizerGolden.adam) {
      var gradients = weights.zeros
      gradients["w"] = Tensor([2, 2], gradient)
      optimizer.update(&weights, gradients: gradients, learningRate: OptimizerGolden.rate)
      expectClose(weights["w"], Tensor([2, 2], expected), tolerance: 1e-6, "step \(optimizer.step)")
    }
  }

  /// Matrices of several sizes between other parameters: the same bits on one thread and on three.
  @Test func theThreadsDoNotMatter() {
    let declarations = (0..<7).map { index in
      ParameterDeclaration(
        "w\(index)", [8 * (index + 1), 24], .normal(standardDeviation: 1), isMatrix: index % 3 != 1)
    }
    func trained(_ workers: Workers) -> Parameters<Float> {
      var weights = Parameters<Float>(declarations, seed: 1)
      var optimizer = Optimizer(.muon(), for: weights)
      for step in 0..<3 {
        let gradients = Parameters<Float>(declarations, seed: UInt64(step + 2))
        optimizer.update(&weights, gradients: gradients, learningRate: 0.1, workers: workers)
      }
      return weights
    }
    let (one, three) = (trained(.serial), trained(Workers(threads: 3)))
    #expect(one == three && one != Parameters<Float>(declarations, seed: 1))
  }

  /// u = A Σ Bᵀ becomes A Σ′ Bᵀ: the square of the result has about the identity's trace and none of its elements beside.
  @Test(arguments: [(24, 24), (40, 16), (16, 40)]) func singularValuesComeNearOne(rows: Int, columns: Int) {
    var random = Philox(seed: 5, stream: 1)
    var matrix = Tensor<Double>([rows, columns], (0..<rows * columns).map { _ in random.normal() })
    matrix.orthogonalize()
    let side = min(rows, columns)
    let x = matrix.elements
    func square(_ i: Int, _ j: Int) -> Double {
      (0..<max(rows, columns)).reduce(0.0) { sum, l in
        sum + (rows > columns ? x[l * columns + i] * x[l * columns + j] : x[i * columns + l] * x[j * columns + l])
      }
    }
    let trace = (0..<side).reduce(0.0) { $0 + square($1, $1) } / Double(side)
    #expect(trace > 0.6 && trace < 1.2, "the mean of squared singular values is \(trace)")
    for i in 0..<side {
      for j in 0..<i { #expect(abs(square(i, j)) < 0.35, "\(i), \(j): \(square(i, j))") }
    }
  }

  @Test func aMatrixOfZerosStays() {
    var matrix = Tensor<Float>([3, 5])
    matrix.orthogonalize()
    #expect(matrix == Tensor<Float>([3, 5]))
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
