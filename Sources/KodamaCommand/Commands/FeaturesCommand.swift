import ArgumentParser
import Kodama

/// Computes the log-mel features of a corpus into a folder.
struct FeaturesCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Compute the log-mel features of a folder of recordings.",
    discussion: """
      For CORPUS/a/b.wav the folder contains a/b.npy, [frames, bands] in single precision, and features.json, which describes \
      the convention. Existing files that are not older than their recordings are kept, so that interrupted work continues. \
      The folder is for kodama train --features, which computes the same numbers without it. Processes started by mpirun \
      divide the recordings among them.
      """)

  @Argument(help: "A folder of recordings.", completion: .directory) var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The folder of features.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(
    help: ArgumentHelp(
      "Compute the features for this model. (default: the convention of the options)", valueName: "model"),
    completion: .directory)
  var model: String?
  @Option(
    help:
      "Compute the features for networks of this preset, at its rate or at --rate. (default: the convention of the options)"
  )
  var preset: Preset?
  @OptionGroup(title: "Convention") var convention: LogMelOptions
  @OptionGroup var recordings: RecordingArguments
  @Flag(help: "Make a file that cannot be used an error (65) instead of leaving it out.") var strict = false
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Print only errors and the output of --json.") var quiet = false
  @OptionGroup var replacing: OutputOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if let rate = convention.rate, !WaveNetConfiguration.sampleRateRange.contains(rate) {
      throw ValidationError(
        "--rate must be \(WaveNetConfiguration.sampleRateRange.lowerBound) to \(WaveNetConfiguration.sampleRateRange.upperBound) Hz, not \(rate)"
      )
    }
    var others = convention
    if preset != nil { others.rate = nil }
    if [model != nil, preset != nil, !others.isEmpty].count(where: { $0 }) > 1 {
      throw ValidationError(
        "--model and --preset specify the whole convention; give one of them alone, or --preset with --rate")
    }
  }

  /// The convention of a model or a preset; nil where neither is given.
  private func given() throws -> LogMelConvention? {
    if let preset {
      let configuration = convention.rate.map { preset.configuration(sampleRate: $0) } ?? preset.configuration
      return try logMel(of: configuration, "the preset \(preset.rawValue)")
    }
    return try model.map { try logMel(of: ModelDescription(ModelLocation($0)).configuration, $0) }
  }

  private func logMel(of configuration: WaveNetConfiguration, _ name: String) throws -> LogMelConvention {
    guard case .logMel(let convention) = configuration.conditioning.features?.source else {
      throw FeatureFault.notConditionedOnLogMel(name: name)
    }
    return convention
  }

  func run() throws { try share() }

  /// Scans the corpus, and prepares the folder; of several processes the first one does, and the others continue its work.
  private func prepare(_ communicator: (any Communicator)?) throws -> FeaturesJob {
    let given = try given()
    let isFirst = communicator?.rank ?? 0 == 0
    if !isFirst { communicator?.meet() }
    let scan = ProgressLine(quiet: quiet)
    let reading = SharedProgress(scan)
    let job = try FeaturesJob(
      corpus: corpus, folder: output, existing: isFirst ? replacing.existing : .refuse,
      options: recordings.options, strict: strict, workers: threads.workers,
      progress: { reading.update($0, $1) }
    ) { rate in given ?? convention.convention(sampleRate: rate) }
    scan.close()
    if isFirst { communicator?.meet() }
    communicator?.meet()
    return job
  }

  func run(with communicator: (any Communicator)?) throws {
    let job = try prepare(communicator)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    Interruption.listen()
    let line = ProgressLine(quiet: quiet)
    let computing = SharedProgress(line)
    let result = try job.run(
      processes: communicator, progress: { computing.update($0, $1) }, shouldStop: { Interruption.isRequested })
    line.close()
    guard let result else {
      if !quiet { Terminal.note("interrupted; the same command continues from here") }
      throw Interruption.exitStatus
    }
    if communicator?.rank ?? 0 > 0 { return }
    if json { return try Terminal.data(JSONText.of(result)) }
    if quiet { return }
    let kept = result.kept == 0 ? "" : ", \(Format.count(result.kept)) of them existing"
    Terminal.note(
      "\(output): \(Plural.grouped(result.files, "file"))\(kept); \(Plural.grouped(result.frames, "frame")) of "
        + "\(Plural.text(result.convention.bands, "band")), one every \(Plural.text(result.convention.hopLength, "sample")) at "
        + "\(Format.count(result.convention.sampleRate)) Hz")
  }
}
