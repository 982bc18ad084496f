import KodamaReports
import KodamaWaveNetTraining

/// The record of a run's checkpoint, as far as pages show it.
protocol ReportedRecord: Sendable {
  /// The total size of the network's parameters.
  var parameterCount: Int { get }
  /// The settings of the network and of training.
  var facts: [RunReport.FactGroup] { get }
  /// The settings that have a value, by their keys in files, and the fingerprints of recordings.
  var values: [(name: String, value: String)] { get }
  /// The labels of each set that the network is conditioned on.
  var labels: [[String]] { get }
}

extension RunRecord: ReportedRecord {
  var parameterCount: Int { settings.architecture.parameterCount }
  var labels: [[String]] { settings.architecture.conditioning.labels.map(\.values) }

  var values: [(name: String, value: String)] {
    var values = SettingsDocument(settings).values.filter { $0.key != "sample_rate" }.map {
      (name: $0.key, value: $0.value.string ?? $0.value.description)
    }
    values.insert(("sample_rate", "\(sampleRate)"), at: 0)
    values.append(("corpus (fingerprint)", "\(corpus)"))
    if let validation { values.append(("validation (fingerprint)", "\(validation)")) }
    return values
  }
}
