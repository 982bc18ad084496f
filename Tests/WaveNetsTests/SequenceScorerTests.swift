import KodamaCore
import KodamaLayers
import KodamaTensors
import Testing

@testable import KodamaWaveNets

@Suite struct SequenceScorerTests {
  @Test(
    arguments: ["plain", "kernel 3, no biases", "scalar input", "mixture", "kernel 1, one block", "recurrent"]
      + Examples.namesWithFeatures)
  func anyWindowAndBlocksGiveTheScoreOfOnePass(name: String) {
    let network = WaveNet(Examples.configurations[name]!)
    let parameters = Parameters<Float>(network.declarations, seed: 4)
    var random = Philox(seed: 2)
    let samples = (0..<300).map { _ in Float(random.normal() * 0.2) }

    let codes = network.companding.encode(samples)
    let conditioning = network.configuration.conditioning
    let features = conditioning.features.map { features in
      FeatureSequence(
        (0..<(300 / features.hopLength + 1) * features.channels).map { _ in Float(random.normal()) },
        channels: features.channels)
    }
    let conditions = conditioning.conditions(number: 0).with(features)
    let input = network.input(
      previous: [WaveNet.start] + codes.dropLast(), shape: [1, 300], conditions: [conditions],
      features: features.flatMap { conditioning.features?.window(of: $0, steps: 0..<300) })
    let loss = network.loss(
      network.logits(input, Pass(parameters)), targets: codes, weights: [Float](repeating: 1, count: 300))
    let expected = Double(loss.value.item) * 300 / 0.693147180559945

    for (window, block) in [(1000, 300), (7, 300), (50, 33), (1, 1), (300, 299)] {
      var scorer = SequenceScorer(
        network: network, parameters: parameters, conditions: conditions, workspace: Workspace(), window: window)
      for start in stride(from: 0, to: 300, by: block) { scorer.add(Array(samples[start..<min(300, start + block)])) }
      scorer.finish()
      #expect(scorer.samples == 300)
      #expect(abs(scorer.bits - expected) < 1e-4 * expected, "window \(window), block \(block)")
    }
  }

  @Test func entropiesOfKnownSequences() {
    var statistics = CodeStatistics()
    #expect(statistics.orderZeroEntropy == nil && statistics.orderOneEntropy == nil)
    statistics.add([0, 1, 0, 1, 0, 1, 0, 1])
    #expect(abs(statistics.orderZeroEntropy! - 1) < 1e-12)
    #expect(abs(statistics.orderOneEntropy!) < 1e-12)
    var blocks = CodeStatistics()
    blocks.add([0, 1, 0])
    blocks.add([1, 0, 1, 0, 1], previous: 0)
    #expect(blocks.orderOneEntropy == statistics.orderOneEntropy)
  }
}
