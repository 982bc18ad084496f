import Foundation
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct FeatureConditioningTests {
  typealias Upsampling = FeatureConditioning.Upsampling

  @Test func factorsReachTheHopAndAreNearToEachOther() {
    let expected = [
      1: [], 2: [2], 16: [16], 64: [8, 8], 256: [16, 16], 200: [10, 20], 300: [6, 5, 10], 512: [8, 8, 8], 257: [257],
    ]
    for (hop, factors) in expected { #expect(Upsampling(.transposed, hopLength: hop).factors == factors) }
    for hop in 1...700 { #expect(Upsampling(.transposed, hopLength: hop).factors.reduce(1, *) == hop) }
    #expect(Upsampling(.linear, hopLength: 300).factors == [300] && Upsampling(.nearest, hopLength: 1).factors == [])
  }

  @Test func marginsAreTheContextAndWhatInterpolationSees() {
    func margin(_ method: Upsampling.Method, _ context: Int, hop: Int = 4) -> Int {
      FeatureConditioning(
        .frames(channels: 2, hopLength: hop), contextFrames: context, upsampling: Upsampling(method, hopLength: hop)
      ).marginFrames
    }
    #expect(margin(.nearest, 0) == 0 && margin(.linear, 0) == 1 && margin(.transposed, 2) == 3)
    #expect(margin(.nearest, 3) == 3 && margin(.linear, 3, hop: 1) == 3)
    let features = FeatureConditioning(.frames(channels: 2, hopLength: 4), contextFrames: 1)
    #expect(features.windowFrames(steps: 8) == 6 && features.windowFrames(steps: 9) == 7)
  }

  /// What is said of a change to the example "mel".
  private func message(_ change: (inout FeatureConditioning) -> Void) throws -> String {
    var configuration = try #require(Examples.configurations["mel"])
    var features = try #require(configuration.conditioning.features)
    change(&features)
    configuration.conditioning.features = features
    do { try configuration.validate() } catch { return "\(error)" }
    return ""
  }

  @Test func whatNoModelCanHaveIsRefused() throws {
    #expect(try message { _ in } == "")
    #expect(
      try message { $0.upsampling.factors = [4, 4] } == """
        configuration: conditioning.features.upsampling.factors is [4, 4], whose product is 16; it must be numbers whose \
        product is the hop of the features, 8 samples, such as [8]; or take features of another hop
        """)
    for factors in [[1, 8], [8, 1], [-2, -4], [0], [65_536, 65_536, 65_536, 65_536], [Int.max]] {
      #expect(try message { $0.upsampling.factors = factors }.contains("upsampling.factors"), "\(factors)")
    }
    #expect(try message { $0.contextFrames = -1 }.contains("context_frames is -1"))
    #expect(try message { $0.contextFrames = 65 }.contains("from 0 to 64"))
    for (channels, hop) in [(0, 8), (65_537, 8), (3, 0), (3, 65_537), (3, Int.max)] {
      #expect(
        try message { $0.source = .frames(channels: channels, hopLength: hop) }.contains("conditioning.features."))
    }
    #expect(try message { $0.source = .signal }.contains("the hop of the features, 1 sample,"))
    func convention(_ change: (inout LogMelConvention) -> Void) throws -> String {
      try message { features in
        guard case .logMel(var convention) = features.source else { return }
        change(&convention)
        features.source = .logMel(convention)
      }
    }
    #expect(try convention { $0.fftLength = 1 }.contains("log_mel.fft_length is 1"))
    #expect(try convention { $0.windowLength = 65 }.contains("log_mel.window_length is 65"))
    #expect(try convention { $0.maximumFrequency = 4001 }.contains("log_mel.maximum_frequency is 4001"))
    #expect(try convention { $0.minimumFrequency = 4000 }.contains("log_mel.minimum_frequency is 4000"))
    #expect(try convention { $0.floor = 0 }.contains("log_mel.floor is 0"))
    #expect(try convention { $0.divisor = 0 }.contains("log_mel.divisor is 0"))
    #expect(try convention { $0.offset = .infinity }.contains("log_mel.offset is inf"))
  }

  @Test func aModelHasTheRateOfItsMelFeatures() throws {
    let configuration = try #require(Examples.configurations["mel"])
    _ = try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 1)
    let error = #expect(throws: WaveNetFault.self) {
      try WaveNetModel(sampleRate: 16_000, configuration: configuration, seed: 1)
    }
    #expect(
      error?.description == """
        configuration: sample_rate is 16000; it must be 8000, which conditioning.features.log_mel is for; change one to \
        the other
        """)
  }

  @Test func configurationFilesSayWhatTheFeaturesAre() throws {
    func section(_ name: String) throws -> String {
      let configuration = try #require(Examples.configurations[name])
      return try #require(configuration.conditioning.json).description
    }
    #expect(
      try section("labels") == """
        {"channels":3,"labels":[{"name":"speaker","values":["anna","ben","cleo"]},{"name":"digit","values":\
        ["0","1"]}]}
        """)
    #expect(
      try section("signal") == """
        {"features":{"type":"signal","channels":1,"hop_length":1,"context_frames":0,"upsampling":{"type":\
        "transposed","factors":[]}}}
        """)
    #expect(
      try section("mel").contains(
        """
        "type":"log_mel","channels":5,"hop_length":8,"context_frames":2,"upsampling":{"type":"transposed",\
        "factors":[2,4]},"log_mel":{"sample_rate":8000,"fft_length":64,"window_length":64,"hop_length":8,\
        "bands":5,"minimum_frequency":0,"maximum_frequency":4000,"scale":"slaney","spectrum":"magnitude",\
        "floor":1e-05,"offset":-5,"divisor":2}
        """))
  }

  @Test func malformedSectionsAreRefusedNamingTheKey() throws {
    let replacements = [
      ("mel", "\"channels\": 5", "\"channels\": 6", "conditioning.features.channels is 6"),
      ("mel", "\"channels\": 5,\n      \"hop_length\": 8", "\"channels\": 5,\n      \"hop_length\": 4", "hop_length"),
      ("mel", "\"type\": \"log_mel\"", "\"type\": \"mel\"", "conditioning.features.type"),
      ("mel", "\"type\": \"log_mel\"", "\"type\": \"frames\"", "conditioning.features.type"),
      ("mel", "\"scale\": \"slaney\"", "\"scale\": \"bark\"", "conditioning.features.log_mel.scale"),
      ("mel", "\"bands\": 5", "\"band\": 5", "conditioning.features.log_mel.band"),
      ("mel", "\"context_frames\": 2", "\"context_frames\": 2.5", "conditioning.features.context_frames"),
      ("mel", "\"sample_rate\": 8000,\n  \"arch", "\"sample_rate\": 4000,\n  \"arch", "it must be 8000"),
      ("signal", "\"channels\": 1", "\"channels\": 2", "conditioning.features.channels"),
      ("signal", "\"type\": \"signal\"", "\"type\": \"log_mel\"", "conditioning.features.log_mel"),
      ("features", "\"labels\"", "\"label\"", "conditioning.label"),
      ("features", "\"transposed\"", "\"cubic\"", "conditioning.features.upsampling.type"),
    ]
    for (name, old, new, expected) in replacements {
      let configuration = try #require(Examples.configurations[name])
      let model = try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 1)
      try withTemporaryFolder { folder in
        try model.save(to: folder + "/model")
        let path = folder + "/model/config.json"
        let text = String(decoding: try bytes(path), as: UTF8.self)
        #expect(text.contains(old), "\(old)")
        try write(text.replacing(old, with: new, maxReplacements: 1).utf8, to: path)
        let error = #expect(throws: (any Error).self) { try WaveNetModel.load(folder + "/model") }
        #expect(error is any Fault)
        #expect(error.map { "\($0)".contains(expected) } == true, "\(String(describing: error))")
      }
    }
  }

  @Test(arguments: Examples.namesWithFeatures) func documentsOfSettingsKeepThem(name: String) throws {
    let configuration = try #require(Examples.configurations[name])
    let document = SettingsText.of(configuration)
    #expect(try SettingsText.configuration(document) == configuration)
    let conditioning = try #require(document["conditioning"])
    #expect(conditioning["features"] != nil)
    let others = document.without(["conditioning"]).members ?? []
    let old = try SettingsText.configuration(
      .object(others + [JSON.Member("conditioning", conditioning.without(["features"]))]))
    #expect(old.conditioning == Conditioning(channels: old.conditioning.channels, labels: old.conditioning.labels))
  }

  @Test func featuresCountInWhatAStepCosts() throws {
    func sizes(_ features: FeatureConditioning?) -> [Int] {
      let configuration = WaveNetConfiguration(
        dilations: [1, 2, 4], residualChannels: 2, gateChannels: 3, skipChannels: 2, classes: 2,
        conditioning: Conditioning(features: features))
      return [
        WaveNet(configuration).cost.multiplyAdds, Int(configuration.trainingBytes(batch: 2, crop: 10)),
        configuration.parameterCount,
      ]
    }
    let frames = FeatureConditioning.Source.frames(channels: 5, hopLength: 8)
    let learned = FeatureConditioning(frames, contextFrames: 1, upsampling: Upsampling(.transposed, factors: [2, 4]))
    let linear = FeatureConditioning(frames, upsampling: Upsampling(.linear, factors: [8]))
    let plain = sizes(nil)
    // 3 blocks of 2 · 3 · 5; for each of 8 steps an eighth, rounded up, of 5 · 5 · 3 for a frame and of 2 · 5 for each of
    // its 2 and its 8 outputs.
    #expect(zip(sizes(learned), plain).map { $0 - $1 } == [90 + 23, 4 * 10 * 20, 90 + 75 + 60])
    #expect(zip(sizes(linear), plain).map { $0 - $1 } == [90 + 10, 4 * 10 * 20, 90])
  }
}
