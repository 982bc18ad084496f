import Foundation
import KodamaCheckpoints
import KodamaCore
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

  @Test func aMixtureHasThreeChannelsForEachComponentAndTheLevelsOfSixteenBits() {
    let mixture = Examples.configurations["mixture"]!
    #expect(mixture.outputChannels == 6 && mixture.levels == 65_536 && mixture.companding == .linear)
    #expect(
      mixture.mixture?.kind == .gaussian && mixture.mixture?.logScaleFloor == -8 + log(2) && mixture.inputGain == 2)
    let plain = Examples.configurations["plain"]!
    #expect(plain.inputGain == 1)
    #expect(plain.outputChannels == 9 && plain.levels == 9 && plain.mixture == nil)
  }

  /// What was written before there were outputs to choose from.
  @Test func aDocumentWithoutAnOutputIsOfASoftmax() throws {
    for (name, configuration) in Examples.configurations {
      let document = SettingsText.of(configuration)
      #expect(try SettingsText.configuration(document) == configuration)
      let later = ["output", "mixture_components", "mixture_gain", "log_scale_floor", "preemphasis"]
      for key in later { #expect(document[key] != nil) }
      let old = try SettingsText.configuration(document.without(later))
      #expect((old == configuration) == (name != "mixture") && old.output == .softmax && old.preemphasis == 0)
    }
  }

  @Test func whatDoesNotGoTogetherIsRefusedWithBothFieldsAndTheFix() {
    #expect(
      message { $0.output = .logistics }
        == "--set: architecture.input is embedding where architecture.output is logistics; set architecture.input to "
        + "scalar: a mixture has no classes for the rows of a table")
    #expect(
      message {
        ($0.output, $0.input) = (.gaussians, .scalar)
      }.hasPrefix("--set: companding.classes is 9 where architecture.output is gaussians; leave it out"))
    #expect(
      message { $0.mixtureComponents = 5 }.hasPrefix(
        "--set: architecture.mixture_components is 5 where architecture.output is softmax; leave it out, or set "))
    #expect(message { $0.mixtureGain = 1 }.contains("architecture.mixture_gain is 1.0 where architecture.output is"))
    #expect(
      message { $0.logScaleFloor = -7 }.hasPrefix(
        "--set: architecture.log_scale_floor is -7.0 where architecture.output is softmax; "))
  }

  @Test func mixturesHaveTheirRanges() {
    #expect(
      message { $0.mixtureComponents = 65 }
        == "--set: architecture.mixture_components is 65; it must be from 1 to 64")
    #expect(message { $0.mixtureComponents = 0 }.contains("mixture_components is 0"))
    for floor in [Double.nan, .infinity, 0.5, -17] {
      #expect(
        message { $0.logScaleFloor = floor }.contains("log_scale_floor is \(floor); it must be from -16.0 to 0.0"))
    }
    for gain in [Double.nan, .infinity, 0, 65_537] {
      #expect(message { $0.mixtureGain = gain }.contains("mixture_gain is \(gain); it must be more than 0"))
    }
    for coefficient in [Double.nan, -0.1, 1] {
      #expect(message { $0.preemphasis = coefficient }.contains("preemphasis is \(coefficient); it must be at least 0"))
    }
  }

  @Test(arguments: [Double.nan, .infinity, -1, 0]) func scalesMustBePositive(scale: Double) {
    #expect(message { $0.residualScale = scale }.hasPrefix("--set: architecture.residual_scale is \(scale); "))
  }

  @Test(arguments: [Double.nan, -0.1, 1]) func dropoutMustBeAShare(dropout: Double) {
    #expect(message { $0.dropout = dropout }.hasPrefix("--set: architecture.dropout is \(dropout); "))
  }
}

/// A configuration in a document of settings.
enum SettingsText {
  static func of(_ configuration: WaveNetConfiguration) -> JSON {
    WaveNetConfiguration.settingFields.json(of: configuration, isComplete: true)
  }

  static func configuration(_ json: JSON) throws -> WaveNetConfiguration {
    var configuration = Examples.configurations["plain"]!
    configuration.output = .softmax
    configuration.conditioning = Conditioning()
    try WaveNetConfiguration.settingFields.read(json, into: &configuration)
    return configuration
  }
}

extension JSON {
  /// An object without some of its keys.
  func without(_ keys: [String]) -> JSON { .object((members ?? []).filter { !keys.contains($0.key) }) }
}
