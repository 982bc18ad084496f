import Kodama
import TestSupport
import Testing

@testable import KodamaWaveNetTraining

@Suite struct SettingsDocumentTests {
  private func settings(_ assignments: [String], from base: TrainingSettings = TrainingSettings()) throws
    -> TrainingSettings
  {
    var document = SettingsDocument(base)
    for assignment in assignments { try document.apply(assignment: assignment) }
    return document.settings
  }

  @Test(arguments: Preset.allCases) func withoutChangesItSaysTheSame(preset: Preset) throws {
    var base = TrainingSettings(preset)
    #expect(try settings([], from: base) == base)
    base.sampleRate = 22_050
    base.trimming = SilenceTrimming(thresholdDecibels: -40, marginSeconds: 0.2)
    base.plan.seed = .max
    #expect(try settings([], from: base) == base)
  }

  @Test func valuesAreFoundByTheirPathOrItsLastPart() throws {
    let changed = try settings([
      "plan.batch_size=3", "crop_samples=500", "residual_channels=48", "architecture.dilations=[1, 2, 4]", "bias=false",
      "dropout=0.25", "seed=18446744073709551615", "optimizer=adamw", "plan.schedule=cosine", "input=scalar",
      "sample_rate=8000", "learning_rate=1e-4",
    ])
    var expected = TrainingSettings()
    (expected.plan.batchSize, expected.plan.cropSamples, expected.plan.seed) = (3, 500, .max)
    (expected.plan.optimizer, expected.plan.schedule, expected.plan.learningRate) = (.adamw, .cosine, 1e-4)
    (expected.architecture.residualChannels, expected.architecture.dilations) = (48, [1, 2, 4])
    (expected.architecture.bias, expected.architecture.dropout) = (false, 0.25)
    (expected.architecture.input, expected.sampleRate) = (.scalar, 8000)
    #expect(changed == expected)
  }

  @Test func aLaterValueReplacesAnEarlierOne() throws {
    #expect(try settings(["batch_size=3", "batch_size=4"]).plan.batchSize == 4)
  }

  @Test func whatMayBeMissingCanBeTakenAway() throws {
    var base = TrainingSettings()
    (base.sampleRate, base.trimming) = (8000, SilenceTrimming())
    let changed = try settings(["sample_rate=null", "trimming=null"], from: base)
    #expect(changed.sampleRate == nil && changed.trimming == nil)
  }

  @Test func trimmingBeginsWithItsDefaults() throws {
    let expected = SilenceTrimming(thresholdDecibels: -35, marginSeconds: 0.05)
    #expect(try settings(["threshold_decibels=-35"]).trimming == expected)
    #expect(try settings(["trimming.threshold_decibels=-35"]).trimming == expected)
    #expect(try settings([#"trimming={"threshold_decibels": -35}"#]).trimming == expected)
    #expect(try settings(["trimming={}"]).trimming == SilenceTrimming())
  }

  @Test func featuresCanBeGivenChangedAndTakenAway() throws {
    let given = try settings([
      #"features={"type": "signal", "context_frames": 3, "upsampling": {"type": "nearest", "factors": []}}"#
    ]).architecture.conditioning.features
    #expect(given == FeatureConditioning(.signal, contextFrames: 3, upsampling: .init(.nearest, factors: [])))
    let vocoder = TrainingSettings(.vocoderSmall)
    let changed = try settings(
      ["bands=32", "context_frames=1", "upsampling.type=linear", "sample_rate=16000", "log_mel.sample_rate=16000"],
      from: vocoder)
    var convention = LogMelConvention(sampleRate: 8000, fftLength: 512, hopLength: 64, bands: 32)
    convention.sampleRate = 16_000
    #expect(changed.sampleRate == 16_000)
    #expect(
      changed.architecture.conditioning.features
        == FeatureConditioning(
          .logMel(convention), contextFrames: 1, upsampling: .init(.linear, factors: [8, 8])))
    #expect(try settings(["features=null"], from: vocoder).architecture.conditioning.features == nil)
    for wrong in ["features=7", "upsampling.type=cubic", "scale=bark", #"features={"type": "frames"}"#] {
      #expect(throws: TrainingFault.self) { try settings([wrong], from: vocoder) }
    }
  }

  @Test func aFileChangesWhatItNames() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/settings.json"
      try write(
        #"{"plan": {"batch_size": 2}, "kept_checkpoints": 9, "trimming": {"margin_seconds": 1}}"#.utf8, to: path)
      var document = SettingsDocument(TrainingSettings())
      try document.apply(file: path)
      var expected = TrainingSettings()
      (expected.plan.batchSize, expected.keptCheckpoints) = (2, 9)
      expected.trimming = SilenceTrimming(marginSeconds: 1)
      let changed = document.settings
      #expect(changed == expected)
    }
  }

  @Test func aFileWithAMistakeIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/settings.json"
      func fault(_ text: String) throws -> CheckpointFault? {
        try write(text.utf8, to: path)
        var document = SettingsDocument(TrainingSettings())
        do {
          try document.apply(file: path)
          return nil
        } catch let fault as CheckpointFault {
          return fault
        }
      }
      let unknown = CheckpointFault.unknownKey(path: path, key: "plan.batchsize", nearest: "plan.batch_size")
      let wrong = CheckpointFault.wrongValue(
        path: path, key: "plan.clip_norm", value: "true", expected: "a number")
      let faults = [
        try fault(#"{"plan": {"batchsize": 2}}"#), try fault(#"{"plan": {"clip_norm": true}}"#), try fault("{}"),
      ]
      #expect(faults == [unknown, wrong, nil])
    }
  }

  @Test func aMistakeChangesNothing() throws {
    var document = SettingsDocument(TrainingSettings())
    #expect(throws: TrainingFault.self) { try document.apply(assignment: "batch_size=none") }
    let settings = document.settings
    #expect(settings == TrainingSettings())
  }

  @Test func groupsOfParametersAreSetAsAList() throws {
    let text = #"plan.groups=[{"pattern": "labels.*", "rate_factor": 0.5}, {"pattern": "*.bias", "weight_decay": 0}]"#
    #expect(
      try settings([text]).plan.groups
        == [ParameterGroup("labels.*", rateFactor: 0.5), ParameterGroup("*.bias", weightDecay: 0)])
    #expect { try settings(["plan.groups=3"]) } throws: { "\($0)".contains("a list of objects with pattern") }
  }
}
