import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Features, and control with linear functions of them.
@Suite struct ApproximationTests {
  private static func box() throws -> ObservationBox<SIMD2<Double>> {
    try ObservationBox(low: MountainCar.low, high: MountainCar.high)
  }

  /// The features of an observation, as a vector.
  private func vector<F: LinearFeatures>(_ features: F, _ observation: F.Observation) -> [Double] {
    var vector = [Double](repeating: 0, count: features.count)
    features.add(1, to: &vector, at: 0, observation)
    return vector
  }

  /// `dot` and `add` describe the same features, at any place in the weights.
  private func expectConsistent<F: LinearFeatures>(_ features: F, _ observation: F.Observation) {
    var random = Philox(seed: 2)
    let weights = (0..<features.count + 5).map { _ in random.normal() }
    let vector = vector(features, observation)
    var expected = 0.0
    for index in vector.indices { expected += weights[3 + index] * vector[index] }
    #expect((features.dot(weights, at: 3, observation) - expected).magnitude < 1e-12)
    var changed = weights
    features.add(-0.5, to: &changed, at: 3, observation)
    for index in vector.indices {
      #expect((changed[3 + index] - weights[3 + index] + 0.5 * vector[index]).magnitude < 1e-12)
    }
    #expect(changed[..<3] == weights[..<3] && changed.suffix(2) == weights.suffix(2))
  }

  @Test func featuresAreConsistent() throws {
    let observation = SIMD2(-0.43, 0.013)
    expectConsistent(try TileCoding(Self.box()), observation)
    expectConsistent(try FourierBasis(Self.box(), order: 3), observation)
    expectConsistent(try PolynomialBasis(Self.box(), order: 3), observation)
    expectConsistent(OneHot(6), 4)
  }

  @Test func basesHaveTheirFeatures() throws {
    let box = try ObservationBox(low: SIMD2(0.0, 0), high: SIMD2(2.0, 4))
    // A quarter and a half of the sides.
    let observation = SIMD2(0.5, 2)
    let polynomial = vector(try PolynomialBasis(box, order: 2), observation)
    expectClose(
      polynomial, [1, 0.25, 0.0625, 0.5, 0.125, 0.03125, 0.25, 0.0625, 0.015625], tolerance: 1e-15)
    let fourier = vector(try FourierBasis(box, order: 1), observation)
    let root = 0.5.squareRoot()
    // cos 0, cos π/4, cos π/2, cos 3π/4
    expectClose(fourier, [1, root, 0, -root], tolerance: 1e-15)
    let outside = vector(try PolynomialBasis(box, order: 1), SIMD2(-3, 9))
    #expect(outside == [1, 0, 1, 0])
  }

  @Test func tilesOverlapLessAtGreaterDistance() throws {
    let tiles = try TileCoding(try ObservationBox(low: SIMD2(0.0, 0), high: SIMD2(1.0, 1)), tilings: 8, tiles: 4)
    #expect(tiles.count == 8 * 25)
    func shared(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Int {
      (0..<8).count { tiles.tile(a, tiling: $0) == tiles.tile(b, tiling: $0) }
    }
    var random = Philox(seed: 3)
    for _ in 0..<500 {
      let place = SIMD2(random.uniform(), random.uniform())
      let vector = vector(tiles, place)
      #expect(vector.allSatisfy { $0 == 0 || $0 == 1 } && vector.reduce(0, +) == 8)
      // A tile apart in one dimension nothing is shared, an eighth of one all grids but one.
      #expect(shared(place, place + SIMD2(0.2500001, 0)) == 0 || place.x > 0.75)
      if place.x < 0.96 { #expect(shared(place, place + SIMD2(1.0 / 32, 0)) == 7) }
      if place.y < 0.96 { #expect(shared(place, place + SIMD2(0, 1.0 / 32)) == 7) }
    }
  }

  @Test func oneHotFeaturesAreATable() throws {
    var linear = try LinearControl(.sarsa, OneHot(48), actionCount: 4, stepSize: 0.3, discount: 0.9)
    var tabular = try TemporalDifferenceControl(.sarsa, stateCount: 48, actionCount: 4, stepSize: 0.3, discount: 0.9)
    var (walk, other) = (CliffWalking(), CliffWalking())
    var (random, second) = (Philox(seed: 6), Philox(seed: 6))
    for _ in 0..<40 {
      let totals = linear.playEpisode(&walk, using: &random)
      #expect(tabular.playEpisode(&other, using: &second) == totals)
    }
    for state in 0..<48 {
      for action in 0..<4 {
        #expect((linear.value(of: action, state) - tabular.values[state, action]).magnitude < 1e-12)
      }
    }
  }

  /// The mean length of episodes 451 to 500 of ten runs.
  private func steps<F: LinearFeatures>(
    _ method: LinearControl<F>.Method, _ features: F, stepSize: Double, traceDecay: Double = 0,
    _ exploration: Exploration = .greedy, runs: Int = 10
  ) throws -> Double where F.Observation == SIMD2<Double> {
    let control = try LinearControl(
      method, features, actionCount: 3, stepSize: stepSize, discount: 1, traceDecay: traceDecay, exploration)
    return Workers.all.map(parts: runs) { run in
      var (control, car, random) = (control, MountainCar(), Philox(seed: 15, stream: UInt64(run)))
      var sum = 0
      for episode in 0..<500 {
        let steps = control.playEpisode(&car, maximumSteps: 5000, using: &random).steps
        if episode >= 450 { sum += steps }
      }
      return Double(sum) / 50
    }.reduce(0, +) / Double(runs)
  }

  @Test func tileCodingDrivesTheMountainCar() throws {
    let tiles = try TileCoding(Self.box())
    for method in LinearControl<TileCoding<SIMD2<Double>>>.Method.allCases {
      // Greedy choices alone would make all methods one.
      let found = try steps(
        method, tiles, stepSize: 0.5 / 8, method == .sarsa ? .greedy : .epsilonGreedy(0.02), runs: 6)
      #expect(found < 130, "\(method): \(found)")
    }
    let traces = try steps(.sarsa, tiles, stepSize: 0.1 / 8, traceDecay: 0.9, runs: 4)
    #expect(traces < 130, "\(traces)")
  }

  /// The first episodes of figure 10.2.
  @Test func smallStepSizesTeachTheCarSlowly() throws {
    let tiles = try TileCoding(Self.box())
    let found = try [0.1, 0.2, 0.5].map { stepSize in
      let control = try LinearControl(
        .sarsa, tiles, actionCount: 3, stepSize: stepSize / 8, discount: 1, .greedy)
      let runs = Workers.all.map(parts: 20) { run in
        var (control, car, random) = (control, MountainCar(), Philox(seed: 16, stream: UInt64(run)))
        let steps = (0..<50).map { _ in control.playEpisode(&car, maximumSteps: 5000, using: &random).steps }
        return Double(steps.reduce(0, +)) / 50
      }
      let mean = runs.reduce(0, +) / 20
      return (mean: mean, error: (runs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 380).squareRoot())
    }
    for (slow, fast) in zip(found, found.dropFirst()) {
      #expect(slow.mean - 4 * (slow.error + fast.error) > fast.mean, "\(found)")
    }
  }

  @Test func smoothBasesDriveItToo() throws {
    let fourier = try steps(
      .sarsa, try FourierBasis(Self.box(), order: 3), stepSize: 0.005, traceDecay: 0.9, runs: 4)
    #expect(fourier < 170, "\(fourier)")
  }

  @Test func theCarFollowsItsEquations() {
    var (car, random) = (MountainCar(), Philox(seed: 1))
    car.state = SIMD2(-0.5, 0.01)
    let next = car.step(2, using: &random)
    // cos(−1.5) = 0.0707372016677029
    expectClose([next.observation.y], [0.011 - 0.0025 * 0.0707372016677029], tolerance: 1e-14)
    #expect(next.observation.x == -0.5 + next.observation.y && next.reward == -1 && !next.isLast)
    car.state = SIMD2(-1.19, -0.07)
    #expect(car.step(0, using: &random).observation == SIMD2(-1.2, 0))
    car.state = SIMD2(0.49, 0.06)
    #expect(car.step(2, using: &random).isTerminal)
    for _ in 0..<100 {
      let first = car.reset(using: &random)
      #expect(first.x >= -0.6 && first.x < -0.4 && first.y == 0)
    }
  }

  @Test func badSettingsAreRefused() throws {
    let box = try Self.box()
    #expect(throws: ReinforcementFault.self) { try ObservationBox(low: SIMD2(0.0, 1), high: SIMD2(1.0, 1)) }
    #expect(throws: ReinforcementFault.self) { try ObservationBox(low: SIMD2(0.0, .nan), high: SIMD2(1.0, 1)) }
    #expect(throws: ReinforcementFault.self) { try TileCoding(box, tilings: 0) }
    #expect(throws: ReinforcementFault.self) { try FourierBasis(box, order: -1) }
    #expect(throws: ReinforcementFault.self) {
      try LinearControl(.qLearning, OneHot(2), actionCount: 2, stepSize: 0.1, discount: 1, traceDecay: 0.5)
    }
    #expect(throws: ReinforcementFault.self) {
      try LinearControl(.sarsa, OneHot(2), actionCount: 2, stepSize: 0.1, discount: 1, .upperConfidence(1))
    }
  }
}
