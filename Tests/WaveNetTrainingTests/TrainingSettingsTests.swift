import Foundation
import Kodama
import Testing

@testable import KodamaWaveNetTraining

@Suite struct TrainingSettingsTests {
  @Test(arguments: Preset.allCases) func thePresetsMakeSense(preset: Preset) throws {
    try TrainingSettings(preset).validate()
  }

  @Test func cropsAreAboutTwiceTheReceptiveField() {
    #expect(Preset.allCases.map { TrainingSettings($0).plan.cropSamples } == [4000, 5000, 7000, 13_000, 4000, 1000])
    func crop(_ dilation: Int) -> Int {
      TrainingSettings.cropSamples(
        for: WaveNetConfiguration(
          dilations: [dilation], residualChannels: 1, gateChannels: 1, skipChannels: 1))
    }
    #expect(crop(1) == 4000 && crop(2999) == 6000 && crop(3000) == 7000 && crop(1_000_000) == 16_000)
  }

  @Test func vocodersKeepTheRateOfTheirFeatures() throws {
    #expect(TrainingSettings(.vocoderSmall).sampleRate == 8000 && TrainingSettings(.small).sampleRate == nil)
    var settings = TrainingSettings(.vocoderSmall, sampleRate: 16_000)
    #expect(settings.sampleRate == 16_000)
    try settings.validate()
    settings.sampleRate = 8000
    let error = #expect(throws: WaveNetFault.self) { try settings.validate() }
    #expect(error?.description.contains("sample_rate is 8000; it must be 16000") == true)
  }

  @Test func aPresetThatHasAnHourHasAPlanOfItsOwn() {
    let (small, vocoder) = (TrainingSettings(.small).plan, TrainingSettings(.vocoderSmall).plan)
    #expect(small.batchSize == 8 && small.learningRate == 0.002 && small.optimizer == .muon)
    #expect(vocoder.batchSize == 2 && vocoder.learningRate == 0.003)
    #expect(TrainingSettings(.vocoderSmall, plan: TrainingPlan()).plan.batchSize == 8)
  }

  private static let bad: [(field: String, change: @Sendable (inout TrainingSettings) -> Void)] = [
    ("sample rate", { $0.sampleRate = 999 }), ("sample rate", { $0.sampleRate = 768_001 }),
    ("validation share", { $0.validationPercent = -1 }), ("validation share", { $0.validationPercent = .nan }),
    ("validation share", { $0.validationPercent = 51 }), ("validation seconds", { $0.validationSeconds = 0 }),
    ("validation seconds", { $0.validationSeconds = 1e300 }), ("validation seconds", { $0.validationSeconds = .nan }),
    ("sample seconds", { $0.sampleSeconds = 0 }), ("sample seconds", { $0.sampleSeconds = .infinity }),
    ("validation interval", { $0.validationInterval = 0 }), ("checkpoint interval", { $0.checkpointInterval = -1 }),
    ("sample interval", { $0.sampleInterval = 0 }), ("log interval", { $0.logInterval = 0 }),
    ("kept checkpoints", { $0.keptCheckpoints = 0 }),
    ("trimming threshold", { $0.trimming = SilenceTrimming(thresholdDecibels: 0) }),
    ("trimming threshold", { $0.trimming = SilenceTrimming(thresholdDecibels: .nan) }),
    ("trimming margin", { $0.trimming = SilenceTrimming(marginSeconds: -0.1) }),
    ("trimming margin", { $0.trimming = SilenceTrimming(marginSeconds: 1e300) }),
    ("batch size", { $0.plan.batchSize = 0 }),
  ]

  @Test(arguments: bad.indices) func aSettingThatMakesNoSenseIsNamed(index: Int) {
    var settings = TrainingSettings()
    Self.bad[index].change(&settings)
    #expect { try settings.validate() } throws: {
      guard case TrainingFault.badPlan(let field, _) = $0 else { return false }
      return field == Self.bad[index].field
    }
  }

  @Test func anArchitectureThatCannotBeIsRefused() {
    var settings = TrainingSettings()
    settings.architecture.dilations = [.max]
    #expect(throws: WaveNetFault.self) { try settings.validate() }
  }

  @Test(arguments: [
    ("crop", 8, 1), ("crop", 8, 10_000_001), ("batch", 4096, 1_000_000), ("batch size", 0, 200),
  ]) func aBatchThatMakesNoSenseIsNamed(field: String, batch: Int, crop: Int) {
    var settings = TrainingSettings(.tiny)
    (settings.plan.batchSize, settings.plan.cropSamples) = (batch, crop)
    #expect {
      try settings.validate()
    } throws: {
      guard case TrainingFault.badPlan(field, _) = $0 else { return false }
      return ($0 as? TrainingFault)?.exitStatus == .usage
    }
  }

  /// Both parts of a plan stand in one object, as they did when they were one.
  @Test func thePlanIsOneObject() throws {
    var plan = WaveNetPlan(cropSamples: 321)
    plan.groups = [ParameterGroup("head.*", rateFactor: 0.5)]
    let object = WaveNetPlan.fields.json(of: plan, isComplete: true)
    #expect(object["crop_samples"]?.integer == 321 && object["batch_size"]?.integer == 8)
    var again = WaveNetPlan()
    try WaveNetPlan.fields.read(object, into: &again)
    #expect(again == plan)
  }
}
