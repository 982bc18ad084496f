import CKernels
import Foundation
import KodamaCore
import KodamaTensors
import Testing

@testable import KodamaGeneration

@Suite struct SamplingTests {
  static let entries = InstructionSet.available

  static func options(_ temperature: Double, _ topK: Int?, _ topP: Double) -> SamplingOptions {
    try! SamplingOptions(temperature: temperature, topK: topK, topP: topP)
  }

  /// The probabilities as `SamplingOptions` defines them, by sorting and in double precision.
  static func probabilities(_ logits: [Float], _ options: SamplingOptions) -> [Double] {
    let largest = Double(logits.max()!)
    var weights = logits.map { exp((Double($0) - largest) / options.temperature) }
    let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    for index in order.dropFirst(options.topK ?? logits.count) { weights[index] = 0 }
    let (sum, quota) = (weights.reduce(0, +), options.topP * weights.reduce(0, +))
    if options.topP < 1 {
      var reached = 0.0
      for index in order {
        if reached >= quota { weights[index] = 0 }
        reached += weights[index]
      }
    }
    let kept = weights.reduce(0, +)
    #expect(kept <= sum)
    return weights.map { $0 / kept }
  }

  static func draws(_ count: Int, _ logits: [Float], _ options: SamplingOptions, _ entry: InstructionSet) -> [Int] {
    let sampler = Sampler(
      kernels: kodama_generation_entry(entry.index), classes: logits.count, options: options)
    var random = Philox(seed: 11)
    var weights = [Float](repeating: 0, count: logits.count)
    return (0..<count).map { _ in sampler.draw(logits, weights: &weights, random: &random).code }
  }

  /// Pearson's statistic over the value it exceeds once in a thousand (Wilson and Hilferty's approximation). Classes
  /// expected fewer than 5 times are taken together. Infinite where a class of probability 0 was drawn.
  static func chiSquare(_ draws: [Int], _ probabilities: [Double]) -> Double {
    var counts = [Double](repeating: 0, count: probabilities.count)
    for draw in draws { counts[draw] += 1 }
    var (statistic, cells, rareCount, rareExpected) = (0.0, 0, 0.0, 0.0)
    for (count, probability) in zip(counts, probabilities) {
      let expected = probability * Double(draws.count)
      if expected == 0 && count > 0 { return .infinity }
      if expected < 5 {
        (rareCount, rareExpected) = (rareCount + count, rareExpected + expected)
      } else {
        statistic += (count - expected) * (count - expected) / expected
        cells += 1
      }
    }
    if rareExpected > 0 {
      statistic += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected
      cells += 1
    }
    let freedom = Double(max(1, cells - 1))
    return statistic / (freedom * pow(1 - 2 / (9 * freedom) + 3.09 * (2 / (9 * freedom)).squareRoot(), 3))
  }

  static func logits(_ count: Int) -> [Float] {
    var random = Philox(seed: 3, stream: UInt64(count))
    return (0..<count).map { _ in Float(2 * random.normal()) }
  }

  static let cases = [
    options(1, nil, 1), options(0.5, nil, 1), options(3, nil, 1), options(1, 5, 1), options(1, 1, 1),
    options(1, 1000, 1), options(1, nil, 0.8), options(1, nil, 0.01), options(0.7, 12, 0.6), options(2, 20, 0.95),
  ]

  @Test(arguments: cases, entries) func drawsAreDistributedAsSaid(options: SamplingOptions, entry: InstructionSet) {
    for classes in [2, 40, 257] {
      let logits = Self.logits(classes)
      let expected = Self.probabilities(logits, options)
      let draws = Self.draws(20_000, logits, options, entry)
      #expect(Self.chiSquare(draws, expected) < 1, "\(classes) classes")
    }
  }

  @Test func theTestOfDistributionTellsOptionsApart() {
    let logits = Self.logits(40)
    let draws = Self.draws(20_000, logits, Self.options(1, nil, 1), .current)
    for other in Self.cases.dropFirst() where other.topK != 1000 {
      #expect(Self.chiSquare(draws, Self.probabilities(logits, other)) > 1, "\(other)")
    }
  }

  @Test(arguments: entries) func manyClassesAreDrawnEvenly(entry: InstructionSet) {
    let logits = [Float](repeating: 0.25, count: 65_536)
    let sixteenths = Self.draws(5000, logits, .standard, entry).map { $0 / 4096 }
    #expect(Self.chiSquare(sixteenths, [Double](repeating: 1.0 / 16, count: 16)) < 1)
  }

  @Test(arguments: entries) func temperatureZeroTakesTheFirstOfTheLikeliest(entry: InstructionSet) {
    let options = Self.options(0, 3, 0.5)
    #expect(Self.draws(3, [1, 7, 3, 7, -2], options, entry) == [1, 1, 1])
    var logits = Self.logits(300)
    logits[277] = 99
    #expect(Self.draws(2, logits, options, entry) == [277, 277])
  }

  @Test(arguments: entries) func aTemperatureNearZeroIsAsGoodAsZero(entry: InstructionSet) {
    for temperature in [1e-3, 1e-40, Double.leastNonzeroMagnitude] {
      #expect(Self.draws(5, [1, 7, 3, 2, -2], Self.options(temperature, nil, 1), entry) == [1, 1, 1, 1, 1])
    }
  }

  @Test(arguments: entries) func aNumberThatIsNoneIsSeenWhateverIsLeftOut(entry: InstructionSet) {
    for (logits, isValid) in [([0, .nan, 1], false), ([.nan, 0, 1], false), ([0, -.infinity, 1], true)]
      as [([Float], Bool)]
    {
      for options in Self.cases + [Self.options(0, nil, 1), Self.options(1, 1, 0.5)] {
        let sampler = Sampler(kernels: kodama_generation_entry(entry.index), classes: 3, options: options)
        var random = Philox(seed: 1)
        var weights = [Float](repeating: 0, count: 3)
        #expect(sampler.draw(logits, weights: &weights, random: &random).isValid == isValid, "\(logits), \(options)")
      }
    }
  }

  @Test(arguments: entries) func numbersThatAreNotFiniteStillGiveAClass(entry: InstructionSet) {
    let sets: [[Float]] = [
      [Float](repeating: .nan, count: 20), [Float](repeating: -.infinity, count: 20),
      [Float](repeating: .infinity, count: 20), [0, .nan, .infinity, -.infinity, 1],
    ]
    for logits in sets {
      for options in Self.cases + [Self.options(0, nil, 1)] {
        #expect(Self.draws(3, logits, options, entry).allSatisfy { logits.indices.contains($0) })
      }
    }
  }

  @Test func ofEqualClassesTheFirstAreKept() {
    var weights: [Float] = [1, 2, 1, 2, 1, 1, 0.5]
    weights.withUnsafeMutableBufferPointer { LikeliestClasses.keep(4, of: $0) }
    #expect(weights == [1, 2, 1, 2, 0, 0, 0])
    weights = [1, 2, 1, 2, 1, 1]
    weights.withUnsafeMutableBufferPointer { LikeliestClasses.keep(share: 0.7, of: $0) }
    #expect(weights == [1, 2, 1, 2, 0, 0])
  }

  @Test func theLikeliestClassesAreThoseThatSortingFinds() {
    var random = Philox(seed: 9)
    for count in [1, 2, 17, 300, 5000] {
      let weights = (0..<count).map { _ in Float(exp(8 * random.normal())) }
      let sorted = weights.sorted(by: >)
      for k in Set([1, 2, count / 2, count - 1, count]) where (1...count).contains(k) {
        var kept = weights
        kept.withUnsafeMutableBufferPointer { LikeliestClasses.keep(k, of: $0) }
        #expect(kept == weights.map { $0 >= sorted[k - 1] ? $0 : 0 }, "the \(k) largest of \(count)")
      }
    }
  }

  @Test func optionsOutsideTheirRangeAreErrorsOfUse() {
    func fault(_ temperature: Double, _ topK: Int?, _ topP: Double) -> GenerationFault? {
      do {
        _ = try SamplingOptions(temperature: temperature, topK: topK, topP: topP)
        return nil
      } catch {
        return error
      }
    }
    #expect(fault(-1, nil, 1) == .temperature(-1))
    #expect(fault(.infinity, nil, 1) == .temperature(.infinity))
    if case .temperature(let value) = fault(.nan, nil, 1) {
      #expect(value.isNaN)
    } else {
      Issue.record("NaN was taken")
    }
    #expect(fault(1, 0, 1) == .topK(0))
    #expect(fault(1, -3, 1) == .topK(-3))
    #expect(fault(1, nil, 0) == .topP(0))
    #expect(fault(1, nil, 1.01) == .topP(1.01))
    if case .topP(let value) = fault(1, nil, .nan) { #expect(value.isNaN) } else { Issue.record("NaN was taken") }
    for fault in [GenerationFault.temperature(-1), .topK(0), .topP(2)] { #expect(fault.exitStatus == .usage) }
    #expect(fault(0, .max, 1) == nil)
    #expect(GenerationFault.topK(0).description.hasPrefix("top-k 0: give at least 1"))
  }
}
