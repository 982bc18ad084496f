import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// The step-by-step engine against the network of training, at every step.
@Suite struct EquivalenceTests {
  /// The network's logits of the steps that codes belong to, [T, output channels].
  static func logits(_ network: WaveNet, _ parameters: Parameters<Float>, of codes: [Int32]) -> Tensor<Float> {
    let (channels, count) = (network.configuration.outputChannels, codes.count)
    let companding = network.companding
    let past = codes.dropLast()
    let input =
      network.configuration.input == .embedding
      ? WaveNetInput(codes: [Int32(companding.silence)] + past, shape: [1, count])
      : WaveNetInput(samples: [0] + past.map { companding.decode(Int($0)) }, shape: [1, count])
    return network.logits(input, Pass(parameters)).value.reshaped([count, channels])
  }

  /// As many steps as show the whole receptive field, bounded where the network is large.
  static func steps(_ name: String, _ configuration: WaveNetConfiguration) -> Int {
    min(configuration.receptiveField + 9, name == "reference" ? 100 : 600)
  }

  @Test(arguments: Examples.names, InstructionSet.available)
  func everyStepHasTheNetworksLogits(name: String, instructionSet: InstructionSet) throws {
    let configuration = Examples.configurations[name]!
    try expectTheNetworksLogits(name, instructionSet, steps: Self.steps(name, configuration))
  }

  /// The caches of all blocks wrap around, and the first inputs leave the receptive field.
  @Test func theEndOfALongReceptiveFieldIsSeen() throws {
    let strongest = try #require(InstructionSet.available.last)
    try expectTheNetworksLogits("small", strongest, steps: Preset.small.configuration.receptiveField + 9)
  }

  private func expectTheNetworksLogits(_ name: String, _ instructionSet: InstructionSet, steps: Int) throws {
    let (network, parameters) = Examples.network(name)
    let channels = network.configuration.outputChannels
    let codes = Examples.codes(steps, classes: network.configuration.levels)
    let expected = Self.logits(network, parameters, of: codes)
    var stream = WaveNetStream(try WaveNetEngine(network, parameters, instructionSet: instructionSet), seed: 0)
    var logits: [Float] = []
    for code in codes {
      stream.withLogits { for index in $0.indices { logits.append($0[index]) } }
      stream.feed(Int(code))
    }
    for step in codes.indices {
      let row = step * channels..<(step + 1) * channels
      expectClose(
        Tensor([channels], logits[row]), Tensor([channels], expected.elements[row]), tolerance: 1e-5, floor: 1,
        "step \(step)")
    }
  }
}
