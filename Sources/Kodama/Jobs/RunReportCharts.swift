import KodamaReports
import KodamaTraining

/// The curves of a training run.
enum RunReportCharts {
  /// Loss, validation, learning rate, norm of gradients, speed.
  static func all(_ history: TrainingHistory) -> [LineChart] {
    func chart(_ title: String, unit: String = "", _ series: [LineChart.Series]) -> LineChart {
      LineChart(
        title: title, unit: unit, xName: "step", series: series, marks: history.rollbacks.map { Double($0.from) },
        markName: "return to a checkpoint")
    }
    var charts = [
      chart(
        "Training loss", unit: "bits per sample",
        [series("batches", history.steps, .noisy, \.bitsPerSample)] + given(up: history, \.bitsPerSample))
    ]
    if !history.validations.isEmpty {
      charts.append(
        chart(
          "Validation loss", unit: "bits per sample",
          [
            validation("averaged weights", history, \.averageBitsPerSample),
            validation("weights of the step", history, \.bitsPerSample),
          ]))
    }
    return charts + [
      chart("Learning rate", [series("learning rate", history.steps, .line, \.learningRate)]),
      chart(
        "Norm of gradients, before clipping",
        [series("norm", history.steps, .noisy, \.gradientNorm)] + given(up: history, \.gradientNorm)),
      chart("Speed", unit: "samples per second", [series("speed", history.steps, .noisy, \.samplesPerSecond)]),
    ]
  }

  private static func series(
    _ name: String, _ steps: [StepReport], _ style: LineChart.Series.Style, _ value: KeyPath<StepReport, Double>
  ) -> LineChart.Series {
    LineChart.Series(
      name, steps.map { LineChart.Point(x: Double($0.step), y: $0[keyPath: value]) }, style: style)
  }

  /// What was given up by returning to a checkpoint; a series for each return, as their steps overlap.
  private static func given(up history: TrainingHistory, _ value: KeyPath<StepReport, Double>) -> [LineChart.Series] {
    var runs: [[StepReport]] = []
    for report in history.abandoned {
      if let last = runs.last?.last, last.step < report.step {
        runs[runs.count - 1].append(report)
      } else {
        runs.append([report])
      }
    }
    return runs.map { series("given up", $0, .pale, value) }
  }

  private static func validation(
    _ name: String, _ history: TrainingHistory, _ value: KeyPath<TrainingHistory.Validation, Double?>
  ) -> LineChart.Series {
    LineChart.Series(
      name,
      history.validations.compactMap { validation in
        validation[keyPath: value].map { LineChart.Point(x: Double(validation.step), y: $0) }
      }, style: .dotted)
  }
}
