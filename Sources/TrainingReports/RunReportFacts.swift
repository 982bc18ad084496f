import Foundation
import KodamaReports
import KodamaTraining

/// The facts in the report of a training run of any task.
package enum RunReportFacts {
  /// A summary of the run so far.
  ///
  /// - Parameters:
  ///   - last: the last step of the log, which does not have every step.
  ///   - saved: the step of the newest checkpoint; nil where there is none.
  ///   - parameters: the total size of the network's parameters; nil where unknown.
  package static func summary(
    _ history: TrainingHistory, last: StepReport, saved: Int?, parameters: Int?
  ) -> [ReportFact] {
    var facts = [
      ReportFact("Steps", NumberText.count(max(last.step, saved ?? 0))),
      ReportFact("Passes over the data", decimal(last.epoch, 2)),
      ReportFact("Time spent training", duration(last.seconds)),
      ReportFact(
        (history.measures.isReward ? "Reward" : "Loss") + " of the last batch",
        text(last.loss.value, history.measures.loss)),
    ]
    let loss = history.measures.loss
    let scores = history.validations.compactMap { validation in
      [validation.weights[loss], validation.average[loss]].compactMap { $0 }.min()
        .map { (step: validation.step, loss: $0) }
    }
    if let best = scores.min(by: { $0.loss < $1.loss }), let latest = scores.last {
      facts.append(ReportFact("Latest validation", text(latest.loss, loss)))
      facts.append(ReportFact("Best validation", decimal(best.loss, 3) + " at step \(NumberText.count(best.step))"))
    }
    for measure in history.measures.heldOut where measure != loss {
      guard let latest = history.validations.last, let value = latest.average[measure] ?? latest.weights[measure] else {
        continue
      }
      facts.append(ReportFact("Latest \(measure.words.joined(separator: " "))", text(value, measure)))
    }
    let criterion = history.measures.criterion
    if criterion != loss {
      let values = history.validations.compactMap { validation in
        [validation.weights[criterion], validation.average[criterion]].compactMap { $0 }.min()
          .map { (step: validation.step, value: $0) }
      }
      if let best = values.min(by: { $0.value < $1.value }) {
        let words = criterion.words.joined(separator: " ")
        facts.append(
          ReportFact("Best \(words)", text(best.value, criterion) + " at step \(NumberText.count(best.step))"))
      }
    }
    for measure in history.measures.samples {
      guard let latest = history.samples.last, let value = latest.generated[measure] else { continue }
      let recorded = latest.recorded[measure].map { ", of the recordings " + text($0, measure) } ?? ""
      let name = measure.words.joined(separator: " ")
      facts.append(
        ReportFact(
          name.prefix(1).uppercased() + name.dropFirst() + " of the last sample", text(value, measure) + recorded))
    }
    if let parameters { facts.append(ReportFact("Parameters", NumberText.count(parameters))) }
    if !history.rollbacks.isEmpty { facts.append(ReportFact("Returns to a checkpoint", "\(history.rollbacks.count)")) }
    return facts
  }

  private static func text(_ value: Double, _ measure: Measure) -> String {
    // Ratios may be small.
    decimal(value, measure.unit.isEmpty && value.magnitude < 0.1 ? 5 : 3)
      + (measure.unit.isEmpty ? "" : " " + measure.unit)
  }

  private static func decimal(_ number: Double, _ places: Int) -> String { String(format: "%.\(places)f", number) }

  /// Such as "1 h 5 min".
  private static func duration(_ seconds: Double) -> String {
    // Far longer than any run, and far from overflow.
    let seconds = Int(max(0, min(seconds, 1e12)))
    let minutes = seconds / 60
    if minutes < 2 { return "\(seconds) s" }
    return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
