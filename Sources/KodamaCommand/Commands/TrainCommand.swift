import ArgumentParser
import Kodama

/// Trains a WaveNet on a folder of recordings.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a WaveNet on a folder of recordings.",
    usage: """
      kodama train <corpus> --output <output> [<options>]
      kodama train <corpus> --dry-run [<options>]
      kodama train --settings
      """,
    discussion: """
      The run folder contains checkpoints/step-N/ (each a model for generate), best.json, which names the best of them on \
      held-out recordings, latest, metrics.jsonl, samples/ and, for TensorBoard, events.out.tfevents.*. Ctrl-C saves and \
      ends; --resume continues to the same result as without the interruption.

      With --for the plan is fitted to the time: the preset (unless --preset is given), the number of steps, the learning \
      rate and its schedule, which ends with them. --dry-run shows the plan.

      With --try settings are chosen first, by successive halving: every combination is trained for a few steps in \
      trials/N/ of the run folder, the half with fewer bits per sample of held-out recordings is trained further, and so \
      on until one is left. A trial is the run in short: its schedule ends with the last round. Then the run is trained \
      from step 0 with what was chosen. trials/trials.json lists all.
      """)

  @Argument(
    help: "A folder of recordings: any files libsndfile reads, any rates, any number of channels.",
    completion: .directory)
  var corpus: String?
  @Option(
    name: [.short, .customLong("output")], help: "The run folder.", completion: .directory,
    transform: OutputName.checked)
  var output: String?
  @Option(
    help: ArgumentHelp("A folder of recordings to validate on. (default: a share of CORPUS)", valueName: "folder"),
    completion: .directory)
  var validation: String?
  @OptionGroup var validationOrigin: ValidationOriginOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps in total, including those of a resumed run. (default: 10,000, unless --for is given; of a resumed run those it was started with)",
      valueName: "n"))
  var steps: Int?
  @Option(
    name: .customLong("for"), parsing: .unconditional,
    help: ArgumentHelp(
      "How long to train from now, instead of --steps: 90s, 15m, 2h, 1h30m, 1d. The number of steps is fixed from the speed at the start; where the machine is slower later, they take longer. A resumed run is interrupted after that time at the latest.",
      valueName: "time"))
  var time: String?
  @Option(
    help: ArgumentHelp(
      "Start with the weights of a model, and with its architecture, rate and labels. (default: random weights)",
      valueName: "model"), completion: .directory)
  var from: String?
  @Option(
    name: .customLong("add-label"),
    help: ArgumentHelp(
      "With --from: a label to add to one of the model's sets; can be repeated. (default: none)",
      valueName: "set=label"), completion: .newLabels)
  var addedLabels: [String] = []
  @Flag(help: "With --add-label: train only the embeddings of the added labels.")
  var freeze = false
  @Option(
    name: .customLong("try"),
    help: ArgumentHelp(
      "Values of a setting of which one is chosen, such as learning_rate=0.001,0.003,0.01; can be repeated, for all combinations. (default: none)",
      valueName: "key=values"), completion: .settings)
  var tried: [String] = []
  @Option(
    help: ArgumentHelp(
      "With --try: the steps of all trials together, in percent of those of the run, beside them; with --for in percent of the time, as part of it. (default: 33)",
      valueName: "percent"))
  var tryShare: Double?
  @Flag(help: "Resume the run in the folder.") var resume = false
  @Flag(help: "Resume although the corpus or the settings changed.") var allowChanges = false
  @Flag(help: "Print the plan, and every setting with its default and its origin, and end.") var dryRun = false
  @Flag(name: .customLong("settings"), help: "List all settings with defaults and valid values, and end.")
  var listsSettings = false
  @Flag(help: "Write no event files for TensorBoard.") var noTensorboard = false
  @Flag(help: "Print only errors.") var quiet = false
  @OptionGroup(title: "Corpus") var recordings: RecordingArguments
  @OptionGroup(title: "Corpus") var corpusOptions: CorpusOptions
  @OptionGroup(title: "Settings") var options: TrainingOptions
  @OptionGroup(title: "Several processes") var cooperation: CooperationOptions
  @OptionGroup(title: "Several processes") var distributed: DistributedOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if listsSettings { return }
    if corpus == nil { throw ValidationError("Missing expected argument '<corpus>'") }
    if output == nil && !dryRun { throw ValidationError("Missing expected argument '--output <output>'") }
    if resume && output == nil { throw ValidationError("--resume needs --output, the run folder") }
    if steps != nil && time != nil { throw ValidationError("give --steps or --for, not both") }
    try validationOrigin.check(validation: validation)
    if !addedLabels.isEmpty && from == nil { throw ValidationError("--add-label needs --from, the model to add it to") }
    if freeze && addedLabels.isEmpty { throw ValidationError("--freeze needs --add-label, the labels to train") }
    if from != nil && resume && !areTrialsUnderWay {
      throw ValidationError("--resume continues with the weights of the run; leave --from out")
    }
    if from != nil && options.preset != nil {
      throw ValidationError("--from uses the model's own architecture; leave --preset out")
    }
    if let mode = cooperation.mode, mode != .synchronous, distributed.reduction != nil || distributed.sums != nil {
      throw ValidationError("--reduction and --sums are for steps that all take together; leave --mode out")
    }
    if cooperation.divide != nil && (distributed.reduction != nil || distributed.sums != nil) {
      throw ValidationError(
        "--reduction and --sums are for processes that each have all of the network; leave --divide out, or them")
    }
    if let steps, steps < 0 { throw ValidationError("--steps must not be negative, and is \(steps)") }
    if let time, try Duration(ofOption: "--for", time) <= .zero {
      throw ValidationError("--for \(time) is no time to train; give at least 1s")
    }
    try validateTrials()
  }

  var duration: Duration? { time.flatMap { Duration(argument: $0) } }

  func run() throws {
    if listsSettings { return try Terminal.data(ChosenSettings.list(preset: options.preset ?? .small)) }
    let started = try distributed.start(
      given: cooperation.given, division: cooperation.divide, delay: cooperation.delay(ofRank:of:))
    guard let group = started else {
      return try run(nil)
    }
    try group.run(Self.self) {
      if dryRun || !tried.isEmpty || areTrialsUnderWay {
        throw DistributedFault.together(
          what: dryRun ? "--dry-run" : "--try", advice: "start one process for it, without mpirun")
      }
      let given =
        "\(resume) \(time ?? "") \(options.preset?.rawValue ?? "") \(options.config ?? "") \(options.assignments)"
      try group.communicator.compare(
        CommonFact.build(version: Version.description) + [
          CommonFact("what was asked for", given, advice: "start all processes with the same command")
        ])
      var shared = self
      shared.quiet = quiet || !group.isFirst
      shared.threads.share = group.communicator.workers()
      try shared.run(group)
    }
  }

  /// Trains, alone or with other processes.
  private func run(_ group: ProcessGroup?) throws {
    guard let corpus else { return }
    let initialModel = try from.map { try WaveNetModel.load($0).adding(labels: addedLabels) }
    let (chosen, preset) = try choose(initialModel, group)
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let progress: @Sendable (Int, Int) -> Void = { done, total in reading.update(done, total) }
    let triedSettings = try parseTried(chosen)
    if dryRun {
      let setup = try TrainingSetup(
        corpus: corpus, validationFolder: validation, settings: chosen.settings, initialModel: initialModel,
        labels: corpusOptions.labels, plan: timedPlan, strict: corpusOptions.strict, workers: threads.workers,
        progress: progress)
      scan.close()
      var final = chosen
      final.complete(as: setup.settings)
      let first = try resume ? output.flatMap { try RunFolder($0).newestStep() } : nil
      try describe(setup, preset: preset, firstStep: first ?? 0)
      if let triedSettings { try describe(triedSettings, setup) }
      return try Terminal.data(final.table(preset: preset ?? .small))
    }
    guard let output else { return }
    var (settings, plan, isResumed, index) = (chosen.settings, timedPlan, resume, CorpusIndex?.none)
    var end: ContinuousClock.Instant?
    if resume ? areTrialsUnderWay : triedSettings != nil {
      let trials = try SettingsTrialsJob(
        corpus: corpus, validationFolder: validation, run: output, settings: settings, tried: triedSettings,
        effort: trialEffort, resuming: resume, initialModel: initialModel, labels: corpusOptions.labels, plan: plan,
        strict: corpusOptions.strict, workers: threads.workers, progress: progress)
      scan.close()
      end = sessionEnd
      guard let found = try choose(by: trials, until: end) else { return }
      settings = found
      (plan, isResumed, index) = (nil, false, trials.index)
    }
    let job = try TrainingJob(
      corpus: corpus, validationFolder: validation, run: output, settings: settings, resuming: isResumed,
      allowChanges: allowChanges, initialModel: initialModel, labels: corpusOptions.labels, plan: plan, index: index,
      strict: corpusOptions.strict, group: group, workers: threads.workers, progress: progress)
    scan.close()
    let limit = job.settings.steps.map { .steps($0) } ?? duration.map { .duration($0) } ?? TrainingLimit.steps(10_000)
    // A step of a divided network takes all of its processes.
    let stepSeconds = try group?.division.map { _ in try job.setup.measureStep() }
    if !quiet { try describe(job.setup, preset: preset, firstStep: job.firstStep, stepSeconds: stepSeconds) }
    try train(job, until: limit, output, end: end)
  }

  /// When a session of a resumed run that begins now is over.
  private var sessionEnd: ContinuousClock.Instant? { resume ? duration.map { ContinuousClock.now + $0 } : nil }

  /// Whether work that may take until `end` is to be interrupted.
  static func isOver(_ end: ContinuousClock.Instant?) -> Bool {
    Interruption.isRequested || end.map { ContinuousClock.now >= $0 } ?? false
  }

  /// The settings, and the preset where there is one.
  private func choose(_ initialModel: WaveNetModel?, _ group: ProcessGroup?) throws -> (ChosenSettings, Preset?) {
    let base =
      if resume, let output {
        try areTrialsUnderWay
          ? SettingsTrialsJob.settings(ofRun: output) : TrainingJob.settings(ofRun: output, group: group)
      } else {
        initialModel.map(TrainingSettings.init(of:))
      }
    let origin = resume ? "the run" : "the model"
    var preset = options.preset
    var chosen = try options.settings(from: base, baseOrigin: origin, preset: preset, isTimed: duration != nil)
    if base == nil, preset == nil {
      preset = .small
      if let duration, chosen.settings.architecture == TrainingSettings(.small).architecture {
        // Of several processes the first one chooses.
        let own = try TimedPlan.preset(for: duration, workers: threads.workers)
        let name = group.map { String(decoding: $0.communicator.broadcast(Array(own.rawValue.utf8)), as: UTF8.self) }
        let fitted = name.flatMap { Preset(rawValue: $0) } ?? own
        if fitted != .small {
          preset = fitted
          chosen = try options.settings(from: nil, baseOrigin: origin, preset: fitted, isTimed: true)
        }
      }
    }
    try complete(&chosen)
    if let group { try complete(&chosen, for: group) }
    return (chosen, preset)
  }

  /// Gives each process something to do in the steps that are fitted to a time, and throws where the options and the way
  /// in which processes work together do not fit.
  private func complete(_ chosen: inout ChosenSettings, for group: ProcessGroup) throws {
    let mode = chosen.settings.plan.training.cooperation?.mode ?? .synchronous
    if mode != .synchronous && (distributed.reduction != nil || distributed.sums != nil) {
      throw ValidationError(
        "--reduction and --sums are for steps that all take together, and the mode is \(mode.rawValue)")
    }
    if timedPlan != nil, options.batch == nil, mode != .asynchronous, group.division == nil,
      chosen.settings.plan.batchSize < group.processes
    {
      chosen.change(origin: "the processes") { $0.plan.batchSize = group.processes }
    }
  }

  /// Replaces what is given by options of this command.
  private func complete(_ chosen: inout ChosenSettings) throws {
    if let channel = recordings.channels.channel { chosen.change(origin: "--channel") { $0.channel = channel } }
    if let silence = recordings.silence { chosen.change(origin: "--silence") { $0.silence = silence } }
    cooperation.apply(to: &chosen)
    if freeze { chosen.change(origin: "--freeze") { $0.trainedLabels = addedLabels } }
    if let folder = validationOrigin.validationFeatures {
      chosen.change(origin: "--validation-features") { $0.validationFeatures = folder }
    }
    if let folder = validationOrigin.validationSignal {
      chosen.change(origin: "--validation-signal") { $0.validationSignal = folder }
    }
    if timedPlan != nil, let steps = chosen.settings.steps {
      throw TrainingFault.badPlan(
        field: "steps", problem: "they are \(steps), and --for has them fitted to the time; give one of the two")
    }
    if let steps {
      chosen.settings.steps = steps
      chosen.note("steps", "--steps")
    } else if duration == nil && chosen.settings.steps == nil {
      chosen.settings.steps = 10_000
      chosen.note("steps", "default")
    }
    if chosen.settings.plan.schedule == .cosine && chosen.settings.plan.cosineSteps == 0,
      let steps = chosen.settings.steps
    {
      chosen.change(origin: "the steps") { $0.plan.cosineSteps = steps }
    } else if timedPlan != nil && chosen.settings.plan.schedule == .cosine && chosen.settings.plan.cosineSteps == 0 {
      // Replaced when the steps are known.
      chosen.settings.plan.cosineSteps = 1
    }
  }

  /// Fits the plan of a new run to the time.
  private var timedPlan: TimedPlan? {
    guard let duration, !resume else { return nil }
    return TimedPlan(duration * (tried.isEmpty ? 1 : 1 - trialShare)) { [options] settings in
      var chosen = ChosenSettings(settings, origin: nil)
      try options.apply(to: &chosen, isFitted: true)
      settings = chosen.settings
    }
  }

  private func train(
    _ job: TrainingJob, until limit: TrainingLimit, _ output: String, end: ContinuousClock.Instant?
  ) throws {
    let progress = TrainingProgress(
      limit: limit, firstStep: job.firstStep,
      validationInterval: job.validation == nil ? 0 : job.settings.validationInterval, quiet: quiet)
    Interruption.listen()
    // A run with a number of steps is interrupted when the time is over.
    let end = end ?? (job.settings.steps != nil ? sessionEnd : nil)
    let outcome = try job.train(until: limit, writesTensorBoard: !noTensorboard, observers: [progress]) {
      Self.isOver(end)
    }
    progress.finish()
    if !quiet {
      noteStaleness(output)
      noteProcesses(job.processReports, job.settings.plan.training)
      if outcome == .stoppedEarly {
        Terminal.note("ended early: \(job.settings.patience!) validations without a better one")
      }
      if let best = job.best, outcome != .interrupted {
        Terminal.note(
          "best        step \(Format.count(best.step)), \(best.weights == .average ? "the averaged weights" : "the weights"): "
            + "\(Format.decimal(best.loss, 3)) bits per sample; kodama generate \(output) uses them")
      }
    }
    if outcome == .interrupted { try noteInterruption(isTimed: end != nil) }
  }

  /// Reports what the processes of a divided network did.
  private func noteProcesses(_ reports: [ProcessReport], _ plan: TrainingPlan) {
    if cooperation.divide == .layers, let parts = plan.batchParts {
      let (stages, all) = (reports.count, parts * plan.accumulation)
      let share = Double(stages - 1) / Double(all + stages - 1)
      Terminal.note(
        "pipeline    \(Plural.text(all, "part")) through \(Plural.text(stages, "stage")): it fills and empties in "
          + "\(Format.decimal(100 * share, 1)) % of a step")
    }
    for (rank, report) in reports.enumerated() {
      Terminal.note(
        "rank \(rank)      \(Format.count(report.parameterCount)) parameters, at most \(Format.count(report.peakBytes / 1e6)) MB, "
          + "waited for others in \(Format.decimal(100 * report.waitedShare, 1)) % of its steps")
    }
  }

  /// Reports how stale the gradients of an asynchronous run were.
  private func noteStaleness(_ run: String) {
    let counts = StalenessLog.counts(run: run)
    let total = counts.reduce(0, +)
    if total == 0 { return }
    let shares = counts.enumerated().filter { $1 > 0 }.prefix(8).map { staleness, count in
      "\(staleness) in \(Format.decimal(100 * Double(count) / Double(total), 1)) %"
    }
    Terminal.note("staleness   \(shares.joined(separator: ", ")) of the steps")
  }

  /// Reports that the work was interrupted.
  ///
  /// - Parameter isTimed: whether it had a time to end, so that else another process was asked to stop.
  /// - Throws: the exit status where a signal asked for it, and not the time.
  func noteInterruption(isTimed: Bool) throws {
    let isRequested = Interruption.isRequested
    if !quiet {
      let reason = isRequested ? "interrupted" : isTimed ? "the time is over" : "another process was interrupted"
      Terminal.note("\(reason); saved. kodama train … --resume continues from here")
    }
    if isRequested { throw Interruption.exitStatus }
    if !isTimed { throw ExitStatus.terminated }
  }
}
