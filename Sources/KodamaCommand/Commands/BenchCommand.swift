import ArgumentParser
import Kodama

/// Measures speed on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract:
      "Measure how fast networks train, generate, classify and process, and how fast convolutions and metrics are, on this machine.",
    subcommands: [
      Train.self, Generate.self, Process.self, Convolutions.self, Classify.self, Evaluate.self,
    ])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure training: steps of Adam on random codes, the median over steps.")

    @Option(help: "The network.") var preset = Preset.small
    @Option(help: "Crops in a batch.") var batch = 4
    @Option(help: "Samples in a crop.") var crop = 8000
    @Option(help: "Steps, after one to warm up.") var steps = 5
    @Option(help: "Precision of products; sums are f32.") var precision = ProductPrecision.full
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup(title: "Several processes") var distributed: DistributedOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if !(1...1024).contains(batch) || !(2...1_000_000).contains(crop) || !(1...100_000).contains(steps) {
        throw ValidationError("--batch must be 1 to 1024, --crop 2 to 1,000,000, --steps 1 to 100,000")
      }
    }

    func run() throws {
      guard let group = try distributed.start() else { return try run(nil, threads.workers) }
      try group.run(Self.self) {
        try group.communicator.compare(CommonFact.build(version: Version.description))
        try run(group, threads.threads.map(Workers.init) ?? group.communicator.workers())
      }
    }

    private func run(_ group: ProcessGroup?, _ workers: Workers) throws {
      let result = try TrainingBenchmark(
        configuration: preset.configuration, batch: batch, crop: crop, precision: precision
      ).run(steps: steps, workers: workers, group: group)
      if group?.isFirst == false { return }
      if json { return try Terminal.data(JSONText.of(result)) }
      try Terminal.text(
        "\(preset.rawValue): \(Format.count(result.samplesPerSecond)) samples/s, \(precision.rawValue), "
          + (group == nil ? "" : "\(result.processes) processes of ") + "\(Plural.text(result.threads, "thread")), "
          + "\(result.instructionSet), OpenBLAS for \(result.matrixLibraryCore)")
    }
  }

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure generation, checked first, and the limit of this machine.",
      discussion: """
        The limit is that of one core, measured in the same run: the rate at which the weights can be read \
        repeatedly, or that of the multiply-adds, whichever allows fewer samples.
        """)

    @Option(help: "The network, with random weights.") var preset = Preset.small
    @Option(help: ArgumentHelp("A trained model. (default: the preset)", valueName: "folder"), completion: .directory)
    var model: String?
    @Option(help: "Precision of weights and products.") var precision = Precision.float32
    @Option(help: ArgumentHelp("Signals side by side.", valueName: "n")) var streams = 1
    @Option(help: ArgumentHelp("Threads; two share a single stream.", valueName: "n")) var threads = 1
    @Option(help: "Samples of each stream in a round.") var samples = 8000
    @Option(help: "Rounds; the median counts.") var rounds = 5
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      if !(1...100_000_000).contains(samples) || !(1...1000).contains(rounds) {
        throw ValidationError("--samples must be 1 to 100,000,000, --rounds 1 to 1000")
      }
      if !(1...4096).contains(streams) || !(1...1024).contains(threads) {
        throw ValidationError("--streams must be 1 to 4096, --threads 1 to 1024")
      }
    }

    func run() throws {
      let workers = Workers(threads: threads)
      let benchmark =
        try model.map {
          GenerationBenchmark(model: try .load($0), precision: precision, streams: streams, workers: workers)
        }
        ?? GenerationBenchmark(
          configuration: preset.configuration, sampleRate: preset.sampleRate ?? 16_000, precision: precision,
          streams: streams, workers: workers)
      let result = try benchmark.run(samples: samples, rounds: rounds)
      if json { return try Terminal.data(JSONText.of(result)) }
      let limit = result.limit
      let bound =
        limit.isReading
        ? "reading \(Format.count(result.weightBytes)) bytes at \(Format.decimal(limit.bytesPerSecond / 1e9, 1)) GB/s"
        : "\(Format.decimal(limit.multiplyAddsPerSecond / 1e9, 1)) thousand million multiply-adds/s"
      try Terminal.text(
        Format.table([
          [
            "network",
            "\(model ?? preset.rawValue), \(precision.rawValue), within \(Format.decimal(result.largestDifference, 7)) of training",
          ],
          ["kernels", result.instructionSet],
          ["streams", "\(streams) on \(Plural.text(threads, "thread"))"],
          [
            "speed",
            "\(Format.count(result.samplesPerSecond)) samples/s, \(Format.decimal(result.realTimeFactor))x real time each",
          ],
          ["limit of a core", "\(Format.count(limit.samplesPerSecond)) samples/s: \(bound)"],
          ["of that", Format.decimal(result.fractionOfLimit)],
        ]))
    }
  }

  struct Process: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure models of amplifiers in blocks, as a player calls them, on one core.",
      discussion: """
        Several models run in turn, block by block, each with its own sound. Silence is followed by decaying tones, so \
        that very small numbers occur.
        """)

    @Argument(help: "Files of models (.nam), or runs of kodama capture.", completion: .file(extensions: ["nam"]))
    var models: [String]
    @Option(help: ArgumentHelp("Frames of a block.", valueName: "n")) var block = 64
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("The size of networks of several sizes, from 0 to 1.", valueName: "share"))
    var size = 1.0
    @Option(help: ArgumentHelp("Seconds of sound in a round.", valueName: "s")) var seconds = 5.0
    @Option(help: "Rounds; the median counts.") var rounds = 5
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      if !(1...65_536).contains(block) { throw ValidationError("--block must be 1 to 65,536, not \(block)") }
      if !(0...1).contains(size) { throw ValidationError("--size must be 0 to 1, not \(size)") }
      if !(0.01...3600).contains(seconds) || !(1...1000).contains(rounds) {
        throw ValidationError("--seconds must be 0.01 to 3600, --rounds 1 to 1000")
      }
    }

    func run() throws {
      let benchmark = ProcessingBenchmark(
        try models.map { try AmplifierModel.load($0) }, block: block, size: size)
      let result = benchmark.run(seconds: seconds, rounds: rounds)
      if json { return try Terminal.data(JSONText.of(result)) }
      try Terminal.text(
        Format.table([
          ["models", models.joined(separator: ", ")], ["kernels", result.instructionSet],
          [
            "speed",
            "\(Format.decimal(result.realTimeFactor, 1))x real time in blocks of \(block), \(Format.decimal(result.sampleRate, 0)) Hz",
          ],
          [
            "a block",
            "\(Format.decimal(result.blockSeconds.median * 1e6, 1)) us, 99.9 % within "
              + "\(Format.decimal(result.blockSeconds.p999 * 1e6, 1)), longest "
              + "\(Format.decimal(result.blockSeconds.longest * 1e6, 1)); it lasts "
              + "\(Format.decimal(result.blockLength * 1e6, 1)) us",
          ],
        ]))
    }
  }

  struct Classify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure classifiers: steps of AdamW on random maps, and classifying a second of sound on one thread.")

    @Option(help: "The network.") var network = ClassifierNetwork.Kind.mobile
    @Option(help: "The factor of all numbers of channels.") var width = 1.0
    @Option(help: "Examples in a batch.") var batch = 32
    @Option(help: "Steps, after one to warm up.") var steps = 10
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if !(1...4096).contains(batch) || !(1...100_000).contains(steps) {
        throw ValidationError("--batch must be 1 to 4096, --steps 1 to 100,000")
      }
    }

    func run() throws {
      let result = try ClassifierBenchmark(ClassifierNetwork(network, width: width), batch: batch)
        .run(steps: steps, workers: threads.workers)
      if json { return try Terminal.data(JSONText.of(result)) }
      try Terminal.text(
        "\(network.rawValue): \(Format.count(result.parameters)) parameters, training "
          + "\(Format.count(result.examplesPerSecond)) examples/s on \(Plural.text(result.threads, "thread")), a second of "
          + "sound in \(Format.decimal(result.classificationMilliseconds, 2)) ms on one "
          + "(\(Format.decimal(result.networkMilliseconds, 2)) of it the network), \(Format.count(result.realTimeFactor))x real time, \(result.instructionSet)"
      )
    }
  }

  struct Convolutions: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure convolutions in single precision, checked first: forward, and backward for all gradients.",
      discussion: "Cases: \(ConvolutionBenchmark.Case.all.map(\.name).joined(separator: ", ")).")

    @Option(
      help: ArgumentHelp("The case to measure. (default: all)", valueName: "case"),
      completion: .list(ConvolutionBenchmark.Case.all.map(\.name)))
    var only: String?
    @Option(help: "Samples in a batch.") var batch = 32
    @Option(help: "Rounds, after one to warm up; the median counts.") var rounds = 5
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if !(1...1024).contains(batch) || !(1...1000).contains(rounds) {
        throw ValidationError("--batch must be 1 to 1024, --rounds 1 to 1000")
      }
      if cases.isEmpty {
        throw ValidationError("there is no case \(only ?? ""); `kodama bench convolutions --help` lists them")
      }
    }

    private var cases: [ConvolutionBenchmark.Case] {
      ConvolutionBenchmark.Case.all.filter { only == nil || $0.name == only }
    }

    func run() throws {
      let results = try ConvolutionBenchmark(cases: cases, batch: batch).run(rounds: rounds, workers: threads.workers)
      if json { return try Terminal.data(JSONText.of(results)) }
      let rows = results.cases.map { result in
        [
          result.name, Format.decimal(1000 * result.forwardSeconds), Format.decimal(1000 * result.backwardSeconds),
          Format.decimal(Double(result.multiplyAdds) / result.forwardSeconds / 1e9, 1),
          Format.decimal(2 * Double(result.multiplyAdds) / result.backwardSeconds / 1e9, 1),
        ]
      }
      let header = ["convolution", "forward ms", "backward ms", "forward GMAC/s", "backward GMAC/s"]
      try Terminal.text(Format.table([header] + rows))
      try Terminal.text(
        "\nbatches of \(results.batch), \(Plural.text(results.threads, "thread")), \(results.instructionSet)")
    }
  }

  struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure metrics, one by one and all in one run, on pairs of sounds.",
      discussion: "Each round reads the files; a warm-up round is not counted.")

    @Argument(help: "Recordings: as for kodama evaluate.", completion: .file()) var reference: String
    @Argument(help: "The generated sound.", completion: .file()) var generated: String
    @Option(
      help: ArgumentHelp("Names of metrics, separated by commas. (default: all that apply)", valueName: "names"),
      completion: .metrics)
    var metrics: String?
    @Option(help: "Rounds; the median counts.") var rounds = 3
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if !(1...1000).contains(rounds) { throw ValidationError("--rounds must be 1 to 1000, not \(rounds)") }
    }

    func run() throws {
      let metrics = try metrics.map { try $0.split(separator: ",").map { try Metric.named(String($0)) } }
      let benchmark = try EvaluationBenchmark(reference: reference, generated: generated, workers: threads.workers)
      let result = try benchmark.run(metrics: metrics, rounds: rounds)
      if json { return try Terminal.data(JSONText.of(result)) }
      let rows = result.rows.map { row in
        [row.metric, Format.decimal(row.seconds, 4), row.score.map { Format.decimal($0, 3) } ?? ""]
      }
      try Terminal.text(Format.table([["metric", "seconds", "score"]] + rows))
      try Terminal.text("\n\(Plural.text(result.pairs, "pair")), \(Plural.text(result.threads, "thread"))")
    }
  }
}
