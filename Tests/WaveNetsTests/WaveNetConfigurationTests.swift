import KodamaLayers
import Testing

@testable import KodamaWaveNets

@Suite struct WaveNetConfigurationTests {
  private func message(_ change: (inout WaveNetConfiguration) -> Void) -> String {
    var configuration = Examples.configurations["plain"]!
    change(&configuration)
    do {
      try configuration.validate(source: "--set")
      return ""
    } catch { return "\(error)" }
  }

  @Test func presetsAndExamplesAreValid() throws {
    for configuration in Preset.allCases.map(\.configuration) + Examples.configurations.values {
      try configuration.validate()
    }
  }

  @Test(arguments: Examples.names) func theParameterCountIsThatOfTheParameters(name: String) {
    let configuration = Examples.configurations[name]!
    let parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 0)
    #expect(configuration.parameterCount == parameters.count)
  }

  @Test func sizesThatAreTooLargeTogetherAreRefused() {
    #expect(
      message { $0.dilations = [Int](repeating: 1 << 20, count: 16) }
        == "--set: the receptive field of architecture.dilations is 16777217 samples; it must be at most 16777216")
    #expect(
      message {
        $0.dilations = [Int](repeating: 1 << 19, count: 16)
        $0.residualChannels = 65
      }.contains("the history that architecture.dilations and residual_channels need is 2181038080 bytes"))
    #expect(
      message {
        $0.dilations = [Int](repeating: 1, count: 1024)
        ($0.kernelSize, $0.residualChannels, $0.gateChannels) = (64, 65_536, 65_536)
        ($0.skipChannels, $0.headChannels, $0.classes) = (65_536, 65_536, 65_536)
      }.contains("; it must be at most 2147483648"))
  }

  @Test(arguments: [Double.nan, .infinity, -1, 0]) func scalesMustBePositive(scale: Double) {
    #expect(message { $0.residualScale = scale }.hasPrefix("--set: architecture.residual_scale is \(scale); "))
  }

  @Test(arguments: [Double.nan, -0.1, 1]) func dropoutMustBeAShare(dropout: Double) {
    #expect(message { $0.dropout = dropout }.hasPrefix("--set: architecture.dropout is \(dropout); "))
  }
}
