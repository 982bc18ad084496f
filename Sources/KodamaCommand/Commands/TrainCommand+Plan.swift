import Kodama
import KodamaWaveNetTraining

extension TrainCommand {
  /// Prints the plan, and the estimated time.
  ///
  /// - Parameter preset: the network's name; nil where it has none.
  func describe(_ setup: TrainingSetup, preset: Preset?, firstStep: Int, stepSeconds: Double? = nil) throws {
    let (settings, plan) = (setup.settings, setup.settings.plan)
    let rate = Double(setup.sampleRate)
    let field = settings.architecture.receptiveField
    let memory =
      settings.architecture.isRecurrent
      ? "recurrent"
      : "receptive field \(Format.count(field)) samples = \(Format.decimal(1000 * Double(field) / rate, 0)) ms"
    for warning in setup.warnings { Terminal.warning(warning) }
    Terminal.note("corpus      \(amount(setup.training)) to train on, at \(Format.count(setup.sampleRate)) Hz")
    Terminal.note(
      "validation  "
        + (setup.validation.map { amount($0) + (self.validation == nil ? " held out" : "") + measured($0, settings) }
          ?? "none"))
    Terminal.note(
      "network     \(preset.map { "\($0.rawValue), " } ?? "")\(Format.count(setup.parameterCount)) parameters, "
        + memory)
    let warmUp = plan.warmUpSteps > 0 ? ", after \(Format.count(plan.warmUpSteps)) steps of warm-up" : ""
    Terminal.note(
      "plan        \(Plural.text(plan.batchSize, "crop", "crops")) of \(Format.count(plan.cropSamples)) samples a step, "
        + "\(plan.optimizer.rawValue), learning rate \(plan.learningRate) \(plan.schedule.rawValue)\(warmUp), seed \(plan.seed)"
    )
    if let pruning = plan.training.pruning {
      let share = Pruner(pruning, setup.network.declarations).finalSparsity
      Terminal.note(
        "pruning     \(Format.decimal(100 * share, 0)) % of the \(pruning.structure.rawValue)s are 0 from step "
          + "\(Format.count(pruning.lastStep)) on")
    }
    if let rounding = plan.training.rounding {
      let start = rounding.firstStep > 0 ? " from step \(Format.count(rounding.firstStep)) on" : ""
      let others = Set(rounding.layers.map(\.precision.rawValue)).sorted()
      Terminal.note(
        "rounding    weights are \(rounding.precision.rawValue)"
          + (others.isEmpty ? "" : ", some \(others.joined(separator: ", "))") + start)
    }
    if let distillation = settings.distillation {
      let temperature =
        settings.architecture.output == .softmax ? " at temperature \(distillation.temperature)" : ", by samples"
      let hint = distillation.hint > 0 ? ", its skip sums with a weight of \(distillation.hint)" : ""
      let sound = distillation.soundSeconds.map { ", \(Format.duration($0)) of its own sound" } ?? ""
      Terminal.note("teacher     \(distillation.distillation.text)\(temperature)\(hint)\(sound)")
      if let targets = distillation.targets {
        let size = Format.decimal(Double(setup.targetBytes) / 1e6, 1)
        Terminal.note("targets     \(targets), \(size) MB of probabilities")
      }
    }
    let conditioning = settings.architecture.conditioning
    if !conditioning.labels.isEmpty {
      let share = settings.trainedLabels.map { "; trained alone: \($0.joined(separator: ", "))" } ?? ""
      Terminal.note("labels      \(conditioning.labelText)\(share)")
    }
    if let features = conditioning.features {
      let place = settings.signal ?? settings.featureFolder
      Terminal.note("features    \(features.text); \(place ?? "computed while training")")
    }
    guard let steps = settings.steps else { return }
    let rest = max(0, steps - firstStep)
    if rest == 0 {
      let more = plan.schedule == .cosine ? "its schedule has ended" : "--steps sets more"
      Terminal.note(
        "steps       all \(Format.count(steps)) are taken; \(more), --from trains its model further in a new run")
      return
    }
    if firstStep > 0 && plan.schedule == .cosine && steps > plan.cosineSteps {
      Terminal.warning(
        "the schedule of the learning rate has ended at step \(Format.count(plan.cosineSteps)): what follows is trained "
          + "with \(plan.learningRate * plan.cosineFinal); --from trains the run's model further in a new run")
    } else if firstStep > 0 && plan.schedule == .cosine && steps < plan.cosineSteps {
      let share = plan.training.learningRates.rate(atStep: steps - 1) / plan.learningRate
      Terminal.warning(
        "the learning rate falls until step \(Format.count(plan.cosineSteps)); at the last one of this run it is at "
          + "\(Format.decimal(100 * share, 0)) % of its highest. --set plan.cosine_steps=\(steps) with --allow-changes "
          + "ends its schedule there")
    }
    let step = try stepSeconds ?? setup.measureStep()
    let validation = setup.validation == nil ? "" : ", and validations"
    let time = Format.duration(Double(rest) * step)
    Terminal.note("time        \(Format.count(rest)) steps of about \(Format.decimal(step, 3)) s: \(time)\(validation)")
    let samples = Double(steps) * Double(plan.samplesPerStep)
    Terminal.note(
      "expect      \(Format.decimal(samples / Double(setup.samplesPerEpoch), 1)) passes over the recordings; "
        + (from.map { "the sound of \($0), and ever more of these recordings" }
          ?? Self.expectation(steps: steps, isConditionedOnFeatures: conditioning.features != nil)))
  }

  /// How much of the held-out recordings is measured, where that is not all.
  private func measured(_ recordings: Recordings, _ settings: TrainingSettings) -> String {
    let rate = recordings.sampleRate
    let seconds = settings.heldOutSeconds(sampleRate: rate, steps: settings.steps)
    if seconds * Double(rate) >= Double(recordings.totalFrames) { return "" }
    return ", of which \(Format.decimal(seconds, 1)) s are measured"
  }

  /// How much sound, and of how many recordings: 12 recordings, 211 s.
  private func amount(_ recordings: Recordings) -> String {
    let seconds = Double(recordings.totalFrames) / Double(recordings.sampleRate)
    let long = seconds >= 120 ? " (\(Format.duration(seconds)))" : ""
    let files = Set(recordings.items.map(\.path)).count
    return
      "\(Format.decimal(seconds, seconds < 100 ? 1 : 0)) s\(long) of \(Plural.text(files, "recording", "recordings"))"
  }

  /// What so many steps make of a network, from runs on speech and music.
  private static func expectation(steps: Int, isConditionedOnFeatures: Bool) -> String {
    if isConditionedOnFeatures {
      return steps < 2000
        ? "after so few steps copies are noisy" : "copies are intelligible, and clearer with more steps"
    }
    return switch steps {
    case ..<500: "after so few steps, noise as loud as the recordings"
    case ..<5000: "after so few steps, noise with the spectrum of the recordings"
    case ..<50_000: "their timbre with noise, and no words or tunes"
    default: "their sound, and no words or tunes"
    }
  }
}
