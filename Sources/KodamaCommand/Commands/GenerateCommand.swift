import ArgumentParser
import Kodama

/// Generates audio from a model.
struct GenerateCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Generate audio from a model.",
    discussion: """
      The output is WAV, FLAC, Ogg Vorbis (.ogg), Opus, MP3 or raw PCM by its extension; "-o -" streams WAV to standard \
      output, for another program: kodama generate MODEL -o - | aplay. The same seed gives the same samples on one \
      machine, whatever the threads and the number of streams, which processes started by mpirun divide among them. A \
      model that is conditioned on features, as kodama inspect shows, needs them: from a recording (--mel-of), a file or \
      a pipe (--features), or a second recording (--signal).
      """)

  @Argument(help: "A model folder, a checkpoint or a run.", completion: .directory) var model: String
  @Option(
    name: [.short, .customLong("output")],
    help: "The file to write, or with --mel-of FOLDER the folder; - for standard output.", completion: .file(),
    transform: OutputName.checked) var output: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Length in seconds. (default: 5, or as far as features reach, unless --samples is given)", valueName: "s"))
  var seconds: Double?
  @Option(parsing: .unconditional, help: ArgumentHelp("Length in samples at the model's rate.", valueName: "n"))
  var samples: Int?
  @Option(help: "Seed of the sampling.") var seed: UInt64 = 1
  @Option(
    parsing: .unconditional,
    help:
      "Divides the logits, and multiplies the scales of a mixture: below 1 favors likely samples, 0 chooses the likeliest."
  )
  var temperature = 1.0
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Sample from the k likeliest classes of a softmax only. (default: all classes)", valueName: "k"))
  var topK: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Sample from the likeliest classes of a softmax that together have this probability.", valueName: "p"))
  var topP = 1.0
  @Option(
    help: ArgumentHelp(
      "A recording to continue, which is not part of the output. (default: silence)", valueName: "file"),
    completion: .file())
  var prime: String?
  @OptionGroup var channels: ChannelOptions
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp(
      "Labels for a conditioned model: speaker=george, a mixture as speaker=george:0.7,lucas:0.3, or one for each output as speaker=george/lucas; once for every label set. (default: none)",
      valueName: "set=label"), completion: .labels)
  var labels: [String] = []
  @OptionGroup var features: FeatureOptions
  @Option(
    name: .customLong("streams"),
    help: ArgumentHelp(
      "Outputs generated in parallel: OUT-1.wav, OUT-2.wav, …, or named by the labels that --label lists, with the labels of each in OUT.csv. (default: 1, or as many as --label lists)",
      valueName: "n"))
  var streamCount: Int?
  @Option(help: "The format of samples in WAV, FLAC (integers only) and raw PCM.")
  var format = AudioEncoding.SampleFormat.pcm16
  @Flag(help: "With -o -: raw PCM instead of WAV.") var raw = false
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var replacing: OutputOptions
  @Flag(help: "Show no progress and no warnings.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if seconds != nil && samples != nil { throw ValidationError("give --seconds or --samples, not both") }
    if let seconds, !(seconds >= 0 && seconds < 1e9) {
      throw ValidationError("--seconds must be 0 to a thousand million, not \(seconds)")
    }
    if let samples, samples < 0 { throw ValidationError("--samples must not be negative, and is \(samples)") }
    if let streamCount, !(1...4096).contains(streamCount) {
      throw ValidationError("--streams must be 1 to 4096, not \(streamCount)")
    }
    if output == "-", let streamCount, streamCount > 1 {
      throw ValidationError("standard output takes one stream, not \(streamCount)")
    }
    if !features.isEmpty && prime != nil { throw ValidationError("features and --prime cannot be combined") }
    if features.recording != nil && (seconds != nil || samples != nil) {
      throw ValidationError("a copy is as long as its recording; leave out --seconds and --samples")
    }
    if features.recording != nil && output == "-" {
      throw ValidationError("--mel-of writes a file, to compare it with the recording; give its name")
    }
    if (features.recording != nil || features.isStream) && streamCount != nil {
      throw ValidationError("--streams cannot be combined with --mel-of or --features -")
    }
    if features.isStream && (seconds != nil || samples != nil) {
      throw ValidationError("the output is as long as the features; leave out --seconds and --samples")
    }
    if output == "-" && Terminal.showsOutput {
      throw ValidationError(
        "standard output is a terminal, which cannot play sound; pipe it to a player, as in `kodama generate … -o - | "
          + "aplay`, or give the name of a file")
    }
    if raw && output != "-" { throw ValidationError("--raw is for -o -; a file is raw by the extension .raw") }
  }

  func run() throws { try share() }

  /// Generates, alone or with other processes, each of which generates some of the streams.
  func run(with communicator: (any Communicator)?) throws {
    Interruption.listen()
    let sampling = try SamplingOptions(temperature: temperature, topK: topK, topP: topP)
    // A wrong name is reported before the work.
    let encoding = try encoding()
    func check(_ conditions: [Conditions], of conditioning: Conditioning) throws -> [String] {
      if output == "-" { return [] }
      let paths = Self.paths(output, for: conditions, of: conditioning)
      let list = Self.labelList(output, paths, for: conditions, of: conditioning)
      for path in paths + (list.map { [$0.path] } ?? []) {
        try AtomicFile.check(path, existing: replacing.existing)
      }
      return paths
    }
    if features.recording == nil && labels.isEmpty {
      _ = try check([Conditions](repeating: .none, count: streamCount ?? 1), of: Conditioning())
    }
    let model = try InferenceModel.load(
      weights.location(of: self.model, quiet: quiet), precision: precision.precision, workers: threads.workers)
    if let communicator, communicator.size > 1, features.recording != nil || features.isStream {
      throw DistributedFault.tooFew(what: "streams", count: 1, processes: communicator.size)
    }
    if features.griffinLim && labels.isEmpty { return try copy(model, sampling, .none) }
    let conditioning = model.configuration.conditioning
    var conditions = try conditioning.conditions(options: labels, count: streamCount)
    if features.recording != nil || features.isStream {
      if conditions.count > 1 { throw ValidationError("there is one output; give one label of each set") }
      if features.isStream { return try generateFromStream(model, sampling, conditions[0], encoding) }
      return try copy(model, sampling, conditions[0])
    }
    let known = try features.sequence(for: model, channel: channels.choice, quiet: quiet)
    conditions = conditions.map { $0.with(known) }
    let streams = conditions.count
    if output == "-" && streams > 1 { throw ValidationError("standard output takes one stream, not \(streams)") }
    let paths = try check(conditions, of: conditioning)
    if let communicator, streams < communicator.size {
      throw DistributedFault.tooFew(what: "streams", count: streams, processes: communicator.size)
    }
    // None is written before all were checked.
    communicator?.meet()
    let own =
      communicator.map { Workers.range(of: $0.rank, parts: $0.size, count: streams) } ?? 0..<streams
    let rate = Double(model.sampleRate)
    let past = try prime.map { try primeSamples($0, of: model) } ?? []
    let given = samples ?? seconds.map { Int($0 * rate) }
    let job = try GenerationJob(
      model: model, seed: seed, samples: given ?? (known == nil ? Int(5 * rate) : nil),
      sampling: sampling, prime: past, conditions: Array(conditions[own]), firstStream: own.lowerBound,
      refinement: features.refinement, workers: threads.workers)

    let (line, clock) = (ProgressLine(quiet: quiet), ContinuousClock())
    let start = clock.now
    func report(_ progress: GenerationJob.Progress, force: Bool = false) {
      let elapsed = max(1e-9, start.duration(to: clock.now).inSeconds)
      let speed = Double(progress.samples * own.count) / elapsed
      line.update(
        share: Double(progress.samples) / Double(max(1, progress.total)),
        "\(Format.decimal(Double(progress.samples) / rate, 1)) s  \(Format.count(speed)) samples/s  "
          + "\(Format.decimal(speed / rate))x real time", force: force)
    }
    let done: Int
    if output == "-" {
      done = try job.write(
        to: .standardOutput, encoding: encoding, progress: { report($0) },
        shouldStop: { Interruption.isRequested })
    } else {
      done = try job.write(
        to: Array(paths[own]), encoding: encoding, existing: replacing.existing,
        progress: { report($0) }, shouldStop: { Interruption.isRequested })
      if done > 0 || job.samples == 0, own.lowerBound == 0,
        let list = Self.labelList(output, paths, for: conditions, of: conditioning)
      {
        try AtomicFile.write(to: list.path, existing: replacing.existing) { try $0.write(list.text) }
      }
    }
    // There are none where refinement was interrupted; the line has shown the progress before it.
    if done > 0 { report(GenerationJob.Progress(samples: done, total: job.samples), force: true) }
    line.close()
    if Interruption.isRequested { throw Interruption.exitStatus }
  }

  /// The encoding of the output; of a folder of copies, WAV.
  private func encoding() throws -> AudioEncoding {
    if output == "-" { return AudioEncoding(raw ? .raw : .wav, format) }
    if features.recording != nil { return AudioEncoding(.wav, format) }
    return try AudioEncoding(forName: output, format)
  }

  private func primeSamples(_ path: String, of model: InferenceModel) throws -> [Float] {
    let recording = try PrimeRecording(path, channel: channels.choice, for: model)
    for warning in recording.warnings where !quiet { Terminal.warning("\(path): \(warning)") }
    if recording.isDigitalSilence && !quiet {
      Terminal.warning("\(path): the recording to continue ends in digital silence, as if none were given")
    }
    if !quiet && recording.sampleRate != model.sampleRate {
      Terminal.note("\(path): converted from \(recording.sampleRate) to \(model.sampleRate) Hz")
    }
    return recording.samples
  }
}

extension AudioEncoding.SampleFormat: ExpressibleByArgument {}
