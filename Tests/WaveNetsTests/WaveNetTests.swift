import KodamaLayers
import KodamaSignal
import KodamaTensors
import Testing

@testable import KodamaWaveNets

@Suite struct WaveNetTests {
  @Test func presetsHaveTheirDocumentedSizes() {
    let sizes = Preset.allCases.map { preset in
      let configuration = preset.configuration
      return [
        Parameters<Float>(WaveNet(configuration).declarations, seed: 0).count, configuration.receptiveField,
        WaveNet(configuration).cost.multiplyAdds,
      ]
    }
    #expect(
      sizes == [
        [63_280, 511, 57_088], [245_472, 2047, 232_448], [1_263_168, 3070, 1_232_896], [4_664_832, 6139, 4_579_623],
        [433_283, 255, 420_503],
        [296_832, Preset.gru.configuration.receptiveField, 286_720],
      ])
  }

  @Test func vocodersHaveTheFeaturesOfTheirRate() throws {
    func features(_ configuration: WaveNetConfiguration) throws -> FeatureConditioning {
      try configuration.validate()
      return try #require(configuration.conditioning.features)
    }
    let vocoder = try features(Preset.vocoder.configuration)
    #expect(vocoder.source == .logMel(LogMelConvention(sampleRate: 22_050, fftLength: 1024, hopLength: 256, bands: 80)))
    #expect(vocoder.upsampling == .init(.transposed, factors: [16, 16]) && vocoder.contextFrames == 2)
    let small = try features(Preset.vocoderSmall.configuration)
    #expect(small.source == .logMel(LogMelConvention(sampleRate: 8000, fftLength: 512, hopLength: 64, bands: 40)))
    #expect(small.upsampling == .init(.transposed, factors: [8, 8]) && small.contextFrames == 2)
    for rate in [1000, 16_000, 44_100, 768_000] {
      for preset in Preset.allCases {
        let configuration = preset.configuration(sampleRate: rate)
        #expect((configuration.conditioning.features == nil) == (preset.sampleRate == nil))
        _ = try WaveNetModel(sampleRate: rate, configuration: configuration, seed: 1)
      }
    }
  }

  /// Changes each past input in turn: the output changes for exactly the last R of them.
  @Test(arguments: ["plain", "kernel 3, no biases", "scalar input", "kernel 1, one block"])
  func theReceptiveFieldIsWhatItSays(name: String) {
    let configuration = Examples.configurations[name]!
    let network = WaveNet(configuration)
    let parameters = Parameters<Double>(network.declarations, seed: 3)
    let time = configuration.receptiveField + 4
    func last(_ input: WaveNetInput) -> [Double] {
      Array(network.logits(input, Pass(parameters)).value.elements.suffix(configuration.classes))
    }
    let input = Examples.input(configuration, shape: [1, time])
    let original = last(input)
    for age in 0..<time {
      #expect(
        (last(input.changed(at: time - 1 - age)) != original) == (age < configuration.receptiveField), "age \(age)")
    }
  }

  @Test func anOutputDoesNotSeeTheFuture() {
    let configuration = Examples.configurations["plain"]!
    let network = WaveNet(configuration)
    let parameters = Parameters<Double>(network.declarations, seed: 3)
    let input = Examples.input(configuration, shape: [1, 12])
    let original = network.logits(input, Pass(parameters)).value.elements
    let changed = network.logits(input.changed(at: 7), Pass(parameters)).value.elements
    let classes = configuration.classes
    #expect(original[..<(7 * classes)] == changed[..<(7 * classes)])
    #expect(original[(7 * classes)...] != changed[(7 * classes)...])
  }

  @Test func dropoutActsInTrainingAlone() {
    var configuration = Examples.configurations["plain"]!
    configuration.dropout = 0.5
    let network = WaveNet(configuration)
    let parameters = Parameters<Double>(network.declarations, seed: 3)
    let input = Examples.input(configuration, shape: [1, 12])
    func logits(_ phase: Phase) -> [Double] { network.logits(input, Pass(parameters, phase: phase)).value.elements }
    #expect(logits(.inference) == logits(.inference))
    #expect(logits(.training(seed: 1)) == logits(.training(seed: 1)))
    #expect(logits(.training(seed: 1)) != logits(.training(seed: 2)))
    #expect(logits(.training(seed: 1)) != logits(.inference))
  }

  /// The layers' costs are those of the formulas: K · I · O of a dilated convolution, I · O of the others.
  @Test func everyLayerCostsWhatItsWeightsSay() {
    let configuration = WaveNetConfiguration(
      kernelSize: 3, dilations: [1, 2, 4], residualChannels: 5, gateChannels: 6, skipChannels: 7, headChannels: 9,
      classes: 11)
    let cost = WaveNet(configuration).cost
    var expected: [String: Int] = ["embedding": 0, "head.0": 7 * 9, "head.1": 9 * 11]
    for block in 0..<3 {
      expected["blocks.\(block).dilated"] = 3 * 5 * 12
      expected["blocks.\(block).skip"] = 6 * 7
      if block < 2 { expected["blocks.\(block).residual"] = 6 * 5 }
    }
    #expect(Dictionary(uniqueKeysWithValues: cost.layers.map { ($0.path, $0.multiplyAdds) }) == expected)
    #expect(cost.parameters == configuration.parameterCount)
    #expect(cost.activations == 3 * (12 + 7) + 2 * 5 + 9 + 11)
  }
}

extension WaveNetInput {
  func changed(at index: Int) -> WaveNetInput {
    switch values {
    case .codes(var codes):
      codes[index] = codes[index] == 0 ? 1 : 0
      return WaveNetInput(codes: codes, shape: shape)
    case .samples(var samples):
      samples[index] += 0.5
      return WaveNetInput(samples: samples, shape: shape)
    }
  }
}
