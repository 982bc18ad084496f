import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaCompression

@Suite struct ChannelPrunerTests {
  private static let labels = Conditioning(channels: 3, labels: [LabelSet("speaker", ["a", "b"])])

  /// Networks of which half of the channels of every kind can be removed.
  private static let configurations: [String: WaveNetConfiguration] = [
    "plain": configuration(),
    "no biases": configuration { ($0.bias, $0.kernelSize) = (false, 1) },
    "normalized weights, kernel 3": configuration { ($0.weightNormalization, $0.kernelSize) = (true, 3) },
    "scalar, scaled, labels": configuration {
      ($0.input, $0.residualScale, $0.skipScale, $0.conditioning) = (.scalar, 0.5.squareRoot(), 0.4, labels)
    },
    "mixture": configuration { ($0.input, $0.output, $0.mixtureComponents) = (.scalar, .logistics, 2) },
  ]

  private static func configuration(_ change: (inout WaveNetConfiguration) -> Void = { _ in }) -> WaveNetConfiguration {
    var configuration = WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 8, gateChannels: 6, skipChannels: 12, headChannels: 8, classes: 32)
    change(&configuration)
    if configuration.output != .softmax { configuration.classes = WaveNetConfiguration.defaultClasses }
    return configuration
  }

  private static func model(_ name: String) -> WaveNetModel {
    let configuration = configurations[name]!
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    parameters.scale(by: 2)
    return WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters)
  }

  private func conditions(_ configuration: WaveNetConfiguration) -> Conditions {
    configuration.conditioning.labels.isEmpty ? .none : Conditions(labels: [1])
  }

  private func signal(_ configuration: WaveNetConfiguration, seed: UInt64 = 3) -> CalibrationSignal {
    var random = Philox(seed: seed)
    let codes = (0..<300).map { _ in Int32(random.integer(below: configuration.levels)) }
    return CalibrationSignal(stretches: [
      CalibrationSignal.Stretch(
        previous: [WaveNet.start] + codes.dropLast(), observed: 0..<300, conditions: conditions(configuration))
    ])
  }

  private func logits(_ model: WaveNetModel, seed: UInt64 = 9) -> Tensor<Float> {
    let codes = signal(model.configuration, seed: seed).stretches[0].previous
    let input = model.network.input(
      previous: codes, shape: [1, codes.count], conditions: [conditions(model.configuration)])
    return model.network.logits(input, Pass(model.parameters)).value
  }

  private func pruned(_ model: WaveNetModel, _ sparsity: Double, threads: Int = 1) throws -> WaveNetModel {
    try ChannelPruner(model, sparsity: sparsity).pruned(
      signal(model.configuration), workers: Workers(threads: threads))
  }

  private func half(_ configuration: WaveNetConfiguration) -> ChannelCounts {
    var counts = ChannelCounts(configuration)
    for kind in ChannelCounts.kinds { counts[keyPath: kind.path] /= 2 }
    return counts
  }

  /// Channels with outgoing weights of 0, half of each kind, are those that go, and nothing changes.
  @Test(arguments: configurations.keys.sorted()) func whatHasNoEffectGoes(name: String) throws {
    var model = Self.model(name)
    let (blocks, weight) = (
      model.configuration.dilations.count, model.configuration.weightNormalization ? ".weight_v" : ".weight"
    )
    func silence(_ path: String, _ isSilent: (Int) -> Bool) {
      var tensor = model.parameters[path + weight]
      for output in 0..<tensor.shape[0] {
        for channel in 0..<tensor.shape[1] where isSilent(channel) {
          for tap in 0..<tensor.shape[2] { tensor[output, channel, tap] = 0 }
        }
      }
      model.parameters[path + weight] = tensor
    }
    for block in 0..<blocks {
      silence("blocks.\(block).dilated") { $0 % 2 == 0 }
      // Others in each block.
      silence("blocks.\(block).skip") { ($0 + block) % 2 == 0 }
      if block < blocks - 1 { silence("blocks.\(block).residual") { ($0 + block) % 2 == 0 } }
    }
    silence("head.0") { $0 < 6 }
    silence("head.1") { $0 >= 4 }
    let (plain, whole, half) = (
      model.withoutWeightNormalization, ChannelCounts(model.configuration), half(model.configuration)
    )
    let choices = ChannelChoices(
      plain, try Calibration(plain, signal(model.configuration), workers: .serial),
      ChannelCounts.kinds.map { [half[keyPath: $0.path], whole[keyPath: $0.path]] }, workers: .serial)
    let smaller = plain.keeping(choices[[0, 0, 0, 0]])
    #expect(ChannelCounts(smaller.configuration) == half)
    expectClose(logits(plain.keeping(choices[[1, 1, 1, 1]])), logits(model), tolerance: 1e-5)
    #expect(!smaller.configuration.weightNormalization)
    expectClose(logits(smaller), logits(model), tolerance: 1e-5)
    try withTemporaryFolder { folder in
      try smaller.save(to: folder + "/model")
      #expect(try WaveNetModel.load(folder + "/model") == smaller)
    }
  }

  @Test(arguments: configurations.keys.sorted(), [0.2, 0.5, 0.8]) func asMuchGoesAsIsAsked(
    name: String, sparsity: Double
  ) throws {
    let model = Self.model(name)
    let (all, smaller) = (Double(model.network.cost.multiplyAdds), try pruned(model, sparsity))
    let left = Double(smaller.network.cost.multiplyAdds) / all
    #expect(left <= 1 - sparsity + 1e-12 && left > 0.5 * (1 - sparsity), "\(left)")
    #expect(logits(smaller).elements.nonemptyAllSatisfy { $0.isFinite })
    let (before, after) = (ChannelCounts(model.configuration), ChannelCounts(smaller.configuration))
    for kind in ChannelCounts.kinds {
      #expect(after[keyPath: kind.path] <= before[keyPath: kind.path] && after[keyPath: kind.path] > 0)
    }
  }

  /// What is left makes up for what is removed: weights that are dropped without it cost more.
  @Test func readjustedWeightsAreCloser() throws {
    let model = Self.model("plain")
    let calibration = try Calibration(model, signal(model.configuration), workers: .serial)
    let weight = model.parameters["head.1.weight"]
    let layer = ReadjustedLayer(
      weight: weight, bias: model.parameters["head.1.bias"], inputs: calibration.inputs(ofLayer: "head.1"))
    var elimination = ChannelElimination([layer])
    elimination.reduce(to: 5)
    var (readjusted, dropped) = (model, model)
    var (kept, original) = (Tensor<Float>(weight.shape), Tensor<Float>(weight.shape))
    for output in 0..<weight.shape[0] {
      for (index, channel) in elimination.result.indices.enumerated() {
        kept[output, channel, 0] = elimination.result.layers[0].weight[output, index, 0]
        original[output, channel, 0] = weight[output, channel, 0]
      }
    }
    readjusted.parameters["head.1.weight"] = kept
    readjusted.parameters["head.1.bias"] = try #require(elimination.result.layers[0].bias)
    dropped.parameters["head.1.weight"] = original
    let errors = [readjusted, dropped].map { changed in
      zip(logits(changed).elements, logits(model).elements).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    #expect(errors[0] < 0.7 * errors[1], "\(errors)")
  }

  @Test func nothingAskedNothingGoes() throws {
    let model = Self.model("plain")
    #expect(try pruned(model, 0) == model)
    let normalized = try pruned(Self.model("normalized weights, kernel 3"), 0)
    expectClose(logits(normalized), logits(Self.model("normalized weights, kernel 3")), tolerance: 1e-5)
  }

  @Test func theResultDoesNotDependOnThreads() throws {
    let model = Self.model("plain")
    #expect(try pruned(model, 0.5) == pruned(model, 0.5, threads: 4))
  }

  @Test func whatCannotGoIsNamed() throws {
    let model = Self.model("plain")
    for share in [-0.1, 1, 1.5, Double.nan, .infinity] {
      #expect(throws: CompressionFault.self, "\(share)") { try ChannelPruner(model, sparsity: share) }
    }
    do {
      _ = try ChannelPruner(model, sparsity: 0.999)
      Issue.record("0.999 of the multiply-adds cannot be removed")
    } catch CompressionFault.tooManyChannels(let share, let most) {
      #expect(share == 0.999 && most > 0.8 && most < 0.95)
      let smallest = try pruned(model, most)
      #expect(smallest.configuration.gateChannels == 1 && smallest.configuration.skipChannels == 2)
    }
  }

  @Test func theLeastSumOfLossesIsChosen() throws {
    let pruner = try ChannelPruner(Self.model("plain"), sparsity: 0.3)
    // Levels of 8, 6, 12 and 8 channels.
    let counts = [4, 6, 6, 4]
    func losses(_ value: (_ kind: Int, _ level: Int) -> Double) -> [[Double]] {
      counts.enumerated().map { kind, count in (0..<count).map { $0 == count - 1 ? 0 : value(kind, $0) } }
    }
    for kind in 0..<2 {
      let chosen = try #require(pruner.choose(losses { other, level in other == kind ? 0.1 * Double(9 - level) : 9 }))
      for (other, level) in chosen.enumerated() where other != kind { #expect(level == counts[other] - 1) }
      #expect(chosen[kind] < counts[kind] - 1)
    }
    // Among those that cost nothing the one with the most multiply-adds.
    let free = try #require(pruner.choose(losses { _, _ in 0 }))
    var left = ChannelCounts(Self.configurations["plain"]!)
    for (kind, level) in zip(ChannelCounts.kinds, free) {
      left[keyPath: kind.path] = ChannelCounts.levels(left[keyPath: kind.path])[level]
    }
    let model = Self.model("plain")
    let share =
      Double(WaveNet(model.configuration.with(left)).cost.multiplyAdds) / Double(model.network.cost.multiplyAdds)
    #expect(share <= 0.7 && share > 0.68, "\(share)")
    #expect(pruner.choose(losses { _, _ in .infinity }) == nil)
  }

  @Test func theCostIsThatOfTheNetwork() {
    let features = Conditioning(
      labels: Self.labels.labels, features: FeatureConditioning(.frames(channels: 5, hopLength: 4), contextFrames: 1))
    for base in Self.configurations.values.map({ $0 }) + [Self.configuration { $0.conditioning = features }] {
      let whole = ChannelCounts(base)
      var counts = whole
      for kind in ChannelCounts.kinds {
        counts[keyPath: kind.path] -= 1
        let difference = WaveNet(base).cost.multiplyAdds - WaveNet(base.with(counts)).cost.multiplyAdds
        #expect(base.multiplyAdds(whole) - base.multiplyAdds(counts) == difference, "\(kind.name)")
      }
    }
  }

  @Test func numbersOfChannelsAreWholeVectorsWherePossible() {
    #expect(ChannelCounts.levels(256) == Array(stride(from: 16, through: 256, by: 16)))
    #expect(ChannelCounts.levels(64) == [16, 32, 48, 64] && ChannelCounts.levels(16) == [4, 8, 12, 16])
    #expect(ChannelCounts.levels(1) == [1] && ChannelCounts.levels(5) == [1, 2, 3, 4, 5])
    for count in 1...2100 {
      let levels = ChannelCounts.levels(count)
      #expect(levels.last == count && levels.count <= 16 && levels == Set(levels).sorted() && levels[0] > 0)
    }
  }

  @Test func weightsOutOfAllRangeAreRefused() throws {
    var model = Self.model("plain")
    model.parameters.scale(by: 1e30)
    #expect(throws: CompressionFault.self) { try pruned(model, 0.5) }
  }
}
