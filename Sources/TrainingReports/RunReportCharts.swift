import KodamaReports
import KodamaTraining

/// The charts of a training run of any task.
package enum RunReportCharts {
  /// Each measure in training, on held-out data, and of samples of the output; learning rate, gradient norm, speed.
  package static func all(_ history: TrainingHistory) -> [LineChart] {
    func chart(_ title: String, unit: String = "", _ series: [LineChart.Series]) -> LineChart {
      LineChart(
        title: title, unit: unit, xName: "step", series: series, marks: history.rollbacks.map { Double($0.from) },
        markName: "return to a checkpoint")
    }
    let measures = history.measures
    var charts: [LineChart] = []
    for measure in measures.all {
      let name = measure == measures.loss ? "loss" : measure.words.joined(separator: " ")
      charts.append(
        chart(
          "Training \(name)", unit: measure.unit,
          [series("batches", history.steps, .noisy) { $0.values[measure] }]
            + given(up: history) { $0.values[measure] }))
      let series = [
        validation("averaged weights", history) { $0.average[measure] },
        validation("weights of the step", history) { $0.weights[measure] },
      ]
      if series.contains(where: { !$0.points.isEmpty }) {
        charts.append(chart("Validation \(name)", unit: measure.unit, series))
      }
    }
    for measure in measures.samples {
      let series = [
        sample("samples", history) { $0.generated[measure] }, sample("recordings", history) { $0.recorded[measure] },
      ]
      if series.contains(where: { !$0.points.isEmpty }) {
        charts.append(chart("Sound: \(measure.words.joined(separator: " "))", unit: measure.unit, series))
      }
    }
    return charts + [
      chart("Learning rate", [series("learning rate", history.steps, .line, \.learningRate)]),
      chart(
        "Norm of gradients, before clipping",
        [series("norm", history.steps, .noisy, \.gradientNorm)] + given(up: history, \.gradientNorm)),
      chart("Speed", unit: measures.speed.unit, [series("speed", history.steps, .noisy, \.speed.value)]),
    ]
  }

  private static func series(
    _ name: String, _ steps: [StepReport], _ style: LineChart.Series.Style, _ value: (StepReport) -> Double?
  ) -> LineChart.Series {
    LineChart.Series(
      name, steps.compactMap { step in value(step).map { LineChart.Point(x: Double(step.step), y: $0) } }, style: style)
  }

  /// The steps discarded by returning to a checkpoint; one series per return, because their steps overlap.
  private static func given(up history: TrainingHistory, _ value: (StepReport) -> Double?) -> [LineChart.Series] {
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

  private static func sample(
    _ name: String, _ history: TrainingHistory, _ value: (SampleReport) -> Double?
  ) -> LineChart.Series {
    LineChart.Series(
      name,
      history.samples.compactMap { sample in
        value(sample).map { LineChart.Point(x: Double(sample.step), y: $0) }
      }, style: .dotted)
  }

  private static func validation(
    _ name: String, _ history: TrainingHistory, _ value: (ValidationReport) -> Double?
  ) -> LineChart.Series {
    LineChart.Series(
      name,
      history.validations.compactMap { validation in
        value(validation).map { LineChart.Point(x: Double(validation.step), y: $0) }
      }, style: .dotted)
  }
}
