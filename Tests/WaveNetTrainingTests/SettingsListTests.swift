import Kodama
import Testing

@testable import KodamaWaveNetTraining

@Suite struct SettingsListTests {
  private func list(_ preset: Preset = .tiny) -> [String: ConfigurationSetting] {
    Dictionary(uniqueKeysWithValues: SettingsDocument(TrainingSettings(preset)).list.map { ($0.key, $0) })
  }

  @Test func everySettingIsThereWithItsDefaultAndWhatItCanBe() throws {
    let list = list()
    let batch = try #require(list["plan.batch_size"])
    #expect(batch.value.integer == 8 && batch.expected == "a whole number" && batch.allowed == "between 1 and 4096")
    #expect(list["plan.optimizer"]?.value.string == "muon")
    #expect(list["plan.optimizer"]?.expected == "one of sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, muon")
    #expect(list["sample_rate"]?.value == .null && list["architecture.classes"]?.value.integer == 256)
    #expect(list["trimming.margin_seconds"]?.value.double == 0.05)
    #expect(list.values.allSatisfy { !$0.help.isEmpty })
    #expect(list["plan"] == nil && list["architecture.conditioning.features.type"] == nil)
    #expect(list.count > 50)
  }

  @Test func whatFeaturesAreIsListedWhereThereAreSome() {
    let list = list(.vocoderSmall)
    #expect(list["architecture.conditioning.features.log_mel.bands"]?.value.integer == 40)
    // They follow from the convention.
    #expect(list["architecture.conditioning.features.hop_length"] == nil)
  }

  /// What is listed can be set: each value to what it is.
  @Test(arguments: Preset.allCases) func whatIsListedCanBeSet(preset: Preset) throws {
    let settings = TrainingSettings(preset)
    var document = SettingsDocument(settings)
    for setting in document.list where setting.value != .null {
      // Settings of what is off by default: setting one turns it on.
      if setting.key.hasPrefix("trimming.") || setting.key.hasPrefix("plan.pruning.")
        || setting.key.hasPrefix("plan.rounding.")
      {
        continue
      }
      try document.apply(assignment: "\(setting.key)=\(setting.value)")
    }
    #expect(document.settings == settings)
  }
}
