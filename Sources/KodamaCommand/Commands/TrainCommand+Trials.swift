import ArgumentParser
import Kodama

/// The choice of settings by trials: `--try`.
extension TrainCommand {
  /// Whether the run has trials, and no step of its own yet.
  var areTrialsUnderWay: Bool { output.map(SettingsTrialsJob.areUnderWay(inRun:)) ?? false }

  /// The share of the effort that trials take, 0 to 1.
  var trialShare: Double { (tryShare ?? 33) / 100 }

  /// The steps of all trials as a share of those of the run.
  var trialEffort: Double { duration == nil ? trialShare : trialShare / (1 - trialShare) }

  func validateTrials() throws {
    if let tryShare {
      if tried.isEmpty { throw ValidationError("--try-share needs --try, the settings to try") }
      if resume { throw ValidationError("--try-share is what the trials were started with; leave it out") }
      if !(1...90).contains(tryShare) {
        throw ValidationError("--try-share must be 1 to 90 percent, not \(tryShare)")
      }
    }
    if !tried.isEmpty && validation == nil && options.validationShare == 0 {
      throw ValidationError("--try needs held-out recordings: give a --validation-share above 0, or --validation")
    }
  }

  /// What is tried; nil for nothing, or with `--resume` for what the run has tried.
  ///
  /// - Throws: `ValidationError`, `TrainingFault`, `WaveNetFault`; `JobFault.trialsChanged` where a run was started with
  ///   others.
  func parseTried(_ chosen: ChosenSettings) throws -> TriedSettings? {
    if tried.isEmpty { return nil }
    if resume, let output, !SettingsTrialsJob.exist(inRun: output) {
      throw ValidationError("\(output) was started without --try; leave it out")
    }
    let parsed: TriedSettings
    do { parsed = try TriedSettings(tried, of: chosen.settings) } catch TrainingFault.badPlan(let field, let problem) {
      throw TrainingFault.badPlan(field: "--try \(field)", problem: problem)
    }
    for setting in parsed.settings {
      guard let origin = chosen.origin(of: setting.key), origin.hasPrefix("--"),
        !["--optimizer", "--preset"].contains(origin)
      else { continue }
      throw ValidationError("--try \(setting.key) and \(origin) give the same setting; leave one out")
    }
    if resume, let output, try SettingsTrialsJob.tried(ofRun: output) != parsed {
      throw JobFault.trialsChanged(run: output, what: ["other settings are tried"])
    }
    return parsed
  }

  /// Prints the plan of trials that are yet to begin.
  func describe(_ tried: TriedSettings, _ setup: TrainingSetup) throws {
    guard let steps = setup.settings.steps, steps > 0 else { return }
    let budget = SettingsTrialsJob.budget(steps: steps, effort: trialEffort)
    describe(
      try SuccessiveHalving(arms: tried.candidates.count, budget: budget), stepSeconds: try setup.measureStep())
  }

  private func describe(_ halving: SuccessiveHalving, stepSeconds: Double) {
    let time = Format.duration(Double(halving.totalPulls) * stepSeconds)
    Terminal.note(
      "trials      \(halving.arms) candidates in \(Plural.text(halving.rounds.count, "round")), the last after "
        + "\(Plural.grouped(halving.rounds.last?.pulls ?? 0, "step")); \(Plural.grouped(halving.totalPulls, "step")) in all: "
        + "\(time), and validations")
  }

  /// Trains the trials and prints them.
  ///
  /// - Returns: the settings of the run with those that were chosen; nil where the time of the session is over.
  /// - Throws: the exit status where a signal interrupted them; what the job throws.
  func choose(by trials: SettingsTrialsJob, until end: ContinuousClock.Instant?) throws -> TrainingSettings? {
    if !quiet { describe(trials.halving, stepSeconds: try trials.stepSeconds) }
    let (line, count) = (ProgressLine(quiet: quiet), trials.trials.count)
    Interruption.listen()
    let chosen = try trials.choose { event in
      switch event {
      case .training(let trial, .step(let report), let until, let share):
        line.update(
          share: share,
          "trial \(trial) of \(count)  step \(report.step) of \(until)  \(Format.decimal(report.loss.value)) bits/sample"
        )
      case .training(let trial, .working(let work, _), _, let share):
        line.update(share: share, "trial \(trial) of \(count)  \(work)")
      case .training(let trial, .rollback(let from, let to, let factor), _, _):
        line.note(
          "trial \(trial), step \(from): the loss is not finite; back to step \(to) with \(factor) of the learning rate"
        )
      case .training: break
      case .measured(let trial):
        let settings = Self.text(trial.assignments)
        if trial.isDiverged {
          line.warning(
            "trial \(trial.number) (\(settings)) diverged before step \(trial.steps), and counts as the worst")
        } else {
          line.note(
            "trial \(trial.number), step \(trial.steps): \(Format.decimal(trial.bitsPerSample ?? .nan, 3)) bits per sample "
              + "with \(settings)")
        }
      }
    } shouldStop: {
      Self.isOver(end)
    }
    line.close()
    guard let chosen else {
      try noteInterruption(isTimed: true)
      return nil
    }
    if !quiet {
      for row in Self.table(trials.trials).split(separator: "\n") { Terminal.note(String(row)) }
    }
    return chosen
  }

  /// Assignments without the section of their keys: `learning_rate=0.003 residual_channels=32`.
  private static func text(_ assignments: [String]) -> String {
    assignments.map { assignment in
      let key = assignment.prefix { $0 != "=" }
      guard let dot = key.firstIndex(of: ".") else { return assignment }
      return String(assignment[assignment.index(after: dot)...])
    }.joined(separator: " ")
  }

  private static func table(_ trials: [SettingsTrial]) -> String {
    Format.table(
      [["settings", "trial", "steps", "bits per sample", ""]]
        + trials.map { trial in
          [
            text(trial.assignments), "\(trial.number)", Format.count(trial.steps),
            trial.bitsPerSample.map { Format.decimal($0, 3) } ?? "none",
            trial.isChosen ? "chosen" : trial.isDiverged ? "diverged" : "",
          ]
        })
  }
}
