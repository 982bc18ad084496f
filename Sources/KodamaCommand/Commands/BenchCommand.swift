import ArgumentParser
import Kodama

/// Measures speed on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast networks train and generate on this machine.",
    subcommands: [Train.self, Generate.self])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure training: steps of Adam on random codes, the median over steps.")

    @Option(help: "The network.") var preset = Preset.small
    @Option(help: "Crops in a batch.") var batch = 4
    @Option(help: "Samples in a crop.") var crop = 8000
    @Option(help: "Steps, after one to warm up.") var steps = 5
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if !(1...1024).contains(batch) || !(2...1_000_000).contains(crop) || !(1...100_000).contains(steps) {
        throw ValidationError("--batch must be 1 to 1024, --crop 2 to 1,000,000, --steps 1 to 100,000")
      }
    }

    func run() throws {
      let result = try TrainingBenchmark(configuration: preset.configuration, batch: batch, crop: crop).run(
        steps: steps, workers: threads.workers)
      if json { return try Terminal.data(JSONText.of(result)) }
      try Terminal.data(
        "\(preset.rawValue): \(Format.count(Int(result.samplesPerSecond))) samples/s, \(result.threads) threads, "
          + "\(result.instructionSet), OpenBLAS for \(result.matrixLibraryCore)")
    }
  }

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure generation: one stream on one core, checked against the training network first.")

    @Option(help: "The network.") var preset = Preset.small
    @Option(help: "Samples in a round.") var samples = 8000
    @Option(help: "Rounds; the median counts.") var rounds = 5
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
      if !(1...100_000_000).contains(samples) || !(1...1000).contains(rounds) {
        throw ValidationError("--samples must be 1 to 100,000,000, --rounds 1 to 1000")
      }
    }

    func run() throws {
      let result = try GenerationBenchmark(configuration: preset.configuration).run(samples: samples, rounds: rounds)
      if json { return try Terminal.data(JSONText.of(result)) }
      try Terminal.data(
        "\(preset.rawValue): \(Format.count(Int(result.samplesPerSecond))) samples/s, one stream on one core, "
          + "\(result.instructionSet), within \(result.largestDifference) of the network")
    }
  }
}
