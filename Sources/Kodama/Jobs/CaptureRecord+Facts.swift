import KodamaAmplifierTraining
import KodamaAmplifiers
import enum KodamaCore.Plural
import KodamaReports
import KodamaTraining

extension CaptureRecord: ReportedRecord {
  var parameterCount: Int { settings.preset.architecture.weightCount }
  var labels: [[String]] { [] }

  var values: [(name: String, value: String)] {
    var values = FieldDocument(settings, CaptureSettings.fields).values.map {
      (name: $0.key, value: $0.value.string ?? $0.value.description)
    }
    values.append(("recordings (fingerprint)", "\(pair)"))
    return values
  }

  var facts: [RunReport.FactGroup] {
    let (architecture, plan, loss) = (settings.preset.architecture, settings.plan, settings.loss)
    let field = architecture.lookback.map { Plural.grouped($0 + 1, "sample") } ?? "all of the past"
    let terms = [
      ("mean squared error", loss.squaredError), ("of pre-emphasized signals", loss.emphasizedSquaredError),
      ("error to signal", loss.errorToSignal), ("spectra", loss.spectral),
      ("pre-emphasized spectra", loss.emphasizedSpectral),
    ].filter { $0.1 != 0 }.map { "\($0.0) × \($0.1)" }
    return [
      RunReport.FactGroup(
        "Network",
        [
          ReportFact("Preset", settings.preset.rawValue), ReportFact("Kind", architecture.name),
          ReportFact("Receptive field", field),
        ]),
      RunReport.FactGroup(
        "Training",
        [
          ReportFact(
            "Batch",
            "\(Plural.text(plan.batchSize, "crop")) of \(Plural.grouped(settings.cropSamples, "sample"))"
              + (plan.accumulation > 1 ? ", \(plan.accumulation) times" : "")),
          ReportFact("Steps of the run", NumberText.count(steps)), ReportFact("Loss", terms.joined(separator: ", ")),
          ReportFact("Pre-emphasis", "\(loss.preEmphasis)"), ReportFact("Optimizer", plan.optimizer.rawValue),
          ReportFact("Highest learning rate", "\(plan.learningRate)"), ReportFact("Schedule", plan.schedule.rawValue),
          ReportFact("Clipping", plan.clipNorm > 0 ? "to norm \(plan.clipNorm)" : "none"),
          ReportFact("Decay of the averaged weights", plan.averageDecay > 0 ? "\(plan.averageDecay)" : "no average"),
          ReportFact("Seed", "\(plan.seed)"), ReportFact("Recordings", "\(pair)"),
        ]),
    ]
  }
}
