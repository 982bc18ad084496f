import Foundation
import KodamaCore
import KodamaTensors
import KodamaWaveNets
import Testing

@testable import KodamaGeneration

@Suite struct MixtureSamplerTests {
  static let kinds = [DiscretizedMixture.Kind.logistic, .gaussian]

  static func options(_ temperature: Double) -> SamplingOptions { try! SamplingOptions(temperature: temperature) }

  static func draws(
    _ count: Int, _ numbers: [Float], _ mixture: DiscretizedMixture, temperature: Double = 1, seed: UInt64 = 11
  ) -> [Int] {
    let sampler = MixtureSampler(mixture: mixture, options: options(temperature))
    var random = Philox(seed: seed)
    return (0..<count).map { _ in sampler.draw(numbers, random: &random).code }
  }

  /// The probabilities of all levels: those that the loss has.
  static func probabilities(_ numbers: [Float], _ mixture: DiscretizedMixture) -> [Double] {
    (0..<Int32(mixture.levels)).map { level in
      let x = Tape<Double>(recording: false).constant(Tensor([1, mixture.channels], numbers.map { Double($0) }))
      return exp(-x.mixtureLoss(mixture, targets: [level], weights: [1]).value.item)
    }
  }

  /// The same mixture as a temperature makes it.
  static func warmed(_ numbers: [Float], _ components: Int, _ temperature: Double) -> [Float] {
    numbers.enumerated().map { index, number in
      if index < components { return number / Float(temperature) }
      return index < 2 * components ? number : number + Float(log(temperature))
    }
  }

  static let rows: [[Float]] = [
    [0, 1, -0.5, -0.95, 0.4, 0.95, -3, -1.5, -2], [2, 0, 0, 0, 0, -1.4, -4.5, 0.5, -1],
  ]

  /// The test of `SamplingTests` on 64 levels, both ends well in reach.
  @Test(arguments: kinds, [1, 0.6, 1.7]) func drawsAreDistributedAsTheLossHasIt(
    kind: DiscretizedMixture.Kind, temperature: Double
  ) {
    let mixture = DiscretizedMixture(kind, components: 3, levels: 64, logScaleFloor: -11)
    for row in Self.rows {
      let expected = Self.probabilities(Self.warmed(row, 3, temperature), mixture)
      let draws = Self.draws(20_000, row, mixture, temperature: temperature)
      #expect(SamplingTests.chiSquare(draws, expected) < 1)
      #expect(draws.contains(63) && draws.contains(0))
    }
  }

  @Test(arguments: kinds) func theTestOfDistributionTellsMixturesApart(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 3, levels: 64, logScaleFloor: -11)
    let other = DiscretizedMixture(
      kind == .logistic ? .gaussian : .logistic, components: 3, levels: 64, logScaleFloor: -11)
    let row = Self.rows[0]
    let draws = Self.draws(20_000, row, mixture)
    #expect(SamplingTests.chiSquare(draws, Self.probabilities(row, other)) > 1)
    #expect(SamplingTests.chiSquare(draws, Self.probabilities(Self.warmed(row, 3, 1.2), mixture)) > 1)
    for index in row.indices {
      var changed = row
      changed[index] += 0.4
      #expect(SamplingTests.chiSquare(draws, Self.probabilities(changed, mixture)) > 1, "number \(index)")
    }
  }

  @Test(arguments: kinds) func scalesBelowTheFloorAreTheFloor(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 1, levels: 65_536, logScaleFloor: -7)
    let draws = Self.draws(200, [0, 0.1, -30], mixture)
    #expect(draws == Self.draws(200, [0, 0.1, -7], mixture) && Set(draws).count > 50)
    let narrow = DiscretizedMixture(kind, components: 1, levels: 65_536, logScaleFloor: -16)
    #expect(Set(Self.draws(200, [0, 0.1, -30], narrow)).count < 4)
  }

  @Test(arguments: kinds) func temperatureZeroTakesTheMeanOfTheLargestComponent(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 3, levels: 65_536, logScaleFloor: -11)
    #expect(Self.draws(3, [1, 2, 2, 0.1, 0.5, -0.5, 0, 0, 0], mixture, temperature: 0) == [49_152, 49_152, 49_152])
    #expect(Self.draws(1, [1, 2, 3, 0, 0, -7, 0, 0, 0], mixture, temperature: 0) == [0])
    #expect(Self.draws(1, [1, 2, 3, 0, 0, 1e30, 0, 0, 0], mixture, temperature: 0) == [65_535])
    for temperature in [1e-9, 1e-40, Double.leastNonzeroMagnitude] {
      #expect(
        Self.draws(2, [1, 2, 1.5, 0.1, 0.5, -0.5, 0, 0, 0], mixture, temperature: temperature) == [49_152, 49_152])
    }
  }

  @Test(arguments: kinds) func anyNumbersGiveALevelAndSayWhetherItIsValid(kind: DiscretizedMixture.Kind) {
    let mixture = DiscretizedMixture(kind, components: 2, levels: 65_536, logScaleFloor: -11)
    let numbers: [Float] = [0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1e30, 1]
    var random = Philox(seed: 3)
    for _ in 0..<2000 {
      let row = (0..<6).map { _ in numbers[random.integer(below: numbers.count)] }
      for temperature in [1, 0, 0.5, 1e300] {
        let sampler = MixtureSampler(mixture: mixture, options: Self.options(temperature))
        let (code, isValid) = sampler.draw(row, random: &random)
        #expect((0..<65_536).contains(code) && isValid == row.allSatisfy(\.isFinite), "\(row)")
      }
    }
  }
}
