import Foundation
import KodamaCore
import KodamaLayers
import KodamaSignal
import KodamaTensors
import KodamaWaveNets
import Testing

@testable import KodamaGeneration

@Suite struct EngineScorerTests {
  private let samples: [Float] = {
    var random = Philox(seed: 6)
    return (0..<250).map { t in t % 50 == 0 ? Float(t % 100 == 0 ? -1 : 1) : Float(0.2 * random.normal()) }
  }()

  private func scorer(_ name: String, _ samples: [Float]) throws -> EngineScorer {
    let (network, parameters) = Examples.network(name)
    let scorer = EngineScorer(try WaveNetEngine(network, parameters))
    scorer.add(samples)
    return scorer
  }

  @Test(arguments: ["plain", "scalar input", "65,536 classes", "mixture of logistics", "Gaussian, pre-emphasis"])
  func theBitsAreTheNetworksLoss(name: String) throws {
    let (network, parameters) = Examples.network(name)
    let codes = network.companding.encode(samples)
    let logits = EquivalenceTests.logits(network, parameters, of: codes)
    let loss = network.loss(
      Tape<Float>(recording: false).constant(logits), targets: codes, weights: codes.map { _ in 1 })
    let expected = Double(loss.value.item) / log(2)
    let scorer = try scorer(name, samples)
    #expect(abs(scorer.bits / 250 - expected) < 1e-4 * expected && scorer.samples == 250)
  }

  @Test(arguments: ["mixture of logistics", "Gaussian, pre-emphasis"]) func aMixtureHasSixteenBits(name: String) throws
  {
    let scorer = try scorer(name, samples)
    #expect(scorer.sixteenBitBits == scorer.bits)
  }

  /// Summed over all levels the probabilities are 1; of few classes each level has its share of the class around it.
  @Test(arguments: ["plain", "scalar input", "65,536 classes"])
  func classesAreSpreadOverTheLevelsOfSixteenBits(name: String) throws {
    let (network, parameters) = Examples.network(name)
    let engine = try WaveNetEngine(network, parameters)
    let past: [Float] = [0.1, -0.3]
    var total = 0.0
    let grid = Companding.linear
    // Every sixteenth level, with what the levels between them must come to for so smooth a density.
    let levels =
      engine.levels < 100 ? Array(stride(from: 0, to: 65_536, by: 16)) : [0, 1, 20_000, 32_768, 32_769, 65_535]
    var probabilities: [Int: Double] = [:]
    for level in levels {
      let scorer = EngineScorer(engine)
      scorer.add(past)
      let before = scorer.sixteenBitBits
      scorer.add([grid.decode(level)])
      probabilities[level] = exp2(before - scorer.sixteenBitBits)
      total += 16 * probabilities[level]!
    }
    if engine.levels < 100 { #expect(abs(total - 1) < 2e-3) }

    // By the definition.
    guard case .muLaw(let law) = engine.companding else { return }
    let codes = law.encode(past)
    let logits = EquivalenceTests.logits(network, parameters, of: codes + [0]).elements.suffix(engine.levels).map {
      Double($0)
    }
    let sum = logits.reduce(0) { $0 + exp($1) }
    for level in levels.prefix(40) {
      var expected = 0.0
      let (low, high) = ((Double(level) - 32_768.5) / 32_768, (Double(level) - 32_767.5) / 32_768)
      for code in 0..<engine.levels {
        let (first, end) = (law.lowerEdge(of: code), law.lowerEdge(of: code + 1))
        let inside = min(end, level == 65_535 ? 1 : high) - max(first, level == 0 ? -1 : low)
        if inside > 0 { expected += exp(logits[code]) / sum * inside / (end - first) }
      }
      #expect(abs(probabilities[level]! - expected) < 1e-5 * expected, "level \(level)")
    }
  }
}
