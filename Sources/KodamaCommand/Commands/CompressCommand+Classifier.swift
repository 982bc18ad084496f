import ArgumentParser
import Kodama

// A classifier: its own table, and no options of features.
extension QuantizeCommand {
  func quantizeClassifier(at location: ModelLocation) throws {
    let features = [
      origin.features, origin.signal, validationOrigin.validationFeatures, validationOrigin.validationSignal,
    ]
    if features.contains(where: { $0 != nil }) {
      throw ValidationError("a classifier takes recordings alone: leave out the options of features")
    }
    guard let calibrate else {
      throw ValidationError(
        "the inputs of a classifier's layers are observed on recordings: give some with --calibrate")
    }
    let model = try ClassifierModel.load(location)
    let quantization = try Quantization(scheme.precision, keeping: keep, in: model)
    let job = try ClassifierQuantizationJob(
      model: model, calibration: calibrate, scored: validation, labels: corpusOptions.labels,
      options: recordings.options, strict: corpusOptions.strict, workers: threads.workers)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let progress = ProgressLine(quiet: quiet)
    progress.update(share: 0, "rounding", force: true)
    let quantized = try job.quantize(quantization)
    try quantized.save(to: output, existing: replacing.existing)
    let report = try job.compare(quantized, seconds: seconds, sensitivity: sensitivity) { done, total in
      progress.update(share: Double(done) / Double(total), "comparing")
    }
    progress.close()
    try json ? Terminal.data(JSONText.of(report)) : Terminal.text(Self.text(report))
  }

  private static func text(_ report: ClassifierQuantizationReport) -> String {
    let bytes = Double(report.bytesAfter) / Double(report.bytesBefore)
    let speed = report.realTimeFactorAfter / report.realTimeFactorBefore
    let kept = Quantization(report.scheme, keeping: report.kept).text
    func percent(_ share: Double) -> String { Format.decimal(100 * share, 1) + " %" }
    let accuracies = report.sets.compactMap { set -> [String]? in
      guard let before = set.accuracyBefore, let after = set.accuracyAfter else { return nil }
      let change = 100 * (after - before)
      return [
        set.name + " right", percent(before), percent(after), (change < 0 ? "" : "+") + Format.decimal(change, 1),
      ]
    }
    let comparison = Format.table(
      [
        ["", "f32", kept.contains(";") ? "quantized" : kept, ""],
        ["bytes", Format.count(report.bytesBefore), Format.count(report.bytesAfter), percent(bytes)],
        [
          "times real time", Format.count(Int(report.realTimeFactorBefore)),
          Format.count(Int(report.realTimeFactorAfter)), Format.decimal(speed) + "x",
        ],
      ] + accuracies)
    let agreements = report.sets.map { "\($0.name) \(percent($0.agreement))" }.joined(separator: ", ")
    let lines = [
      comparison, "", "precision                 \(kept)", "same labels               \(agreements)",
      "divergence                \(Format.decimal(report.divergence, 5)) bits",
      "compared on               \(Plural.grouped(report.recordings, "recording")) of \(report.comparedOn)",
    ]
    guard let layers = report.layers else { return lines.joined(separator: "\n") }
    let sorted = layers.sorted { ($0.divergence, $1.path) > ($1.divergence, $0.path) }
    let table = Format.table(
      [["layer alone", "divergence in bits"]] + sorted.map { [$0.path, Format.decimal($0.divergence, 6)] })
    return (lines + ["", table]).joined(separator: "\n")
  }
}
