import ArgumentParser
import Kodama

extension DemoCorpus.Kind: ExpressibleByArgument {}

/// Inspects folders of recordings, and makes demo corpora.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Inspect folders of recordings, or make a demo corpus.",
    subcommands: [Inspect.self, Make.self])

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the contents and faults of a folder of recordings.",
      discussion: """
        Counts, durations, rates, channels, peaks, clipping, silence, duplicates, and files that cannot be used with the \
        reason. Files are recognized by their content, not by their names.
        """)

    @Argument(help: "A folder of recordings.", completion: .directory) var corpus: String
    @OptionGroup var recordings: RecordingArguments
    @OptionGroup var options: CorpusOptions
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "Print what train --trim-silence would cut at this level in dB of full scale, such as -60. (default: off)",
        valueName: "dB"))
    var trimSilence: Double?
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if let trimSilence, !(trimSilence >= -200 && trimSilence < 0) {
        throw ValidationError("--trim-silence must be -200 to 0 dB, not \(trimSilence)")
      }
    }

    func run() throws {
      let index = try CorpusIndex.scan(
        corpus, labels: options.labels, options: recordings.options, strict: options.strict, workers: threads.workers)
      let report = try CorpusReport(
        index, trimming: trimSilence.map { SilenceTrimming(thresholdDecibels: $0) }, workers: threads.workers)
      try json ? Terminal.data(JSONText.of(report)) : Terminal.text("\(report)")
      if index.entries.isEmpty {
        throw AudioFault.noUsableAudio(folder: corpus, reason: index.failures.first?.reason ?? "no sound files")
      }
    }
  }

  struct Make: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Synthesize a demo corpus: a flute, or plucked strings, at 16 kHz.",
      discussion: """
        A flute is one voice that sustains the notes of a pentatonic scale, from 220 to 740 Hz: five minutes of training are \
        enough for a model that sings. Strings are three instruments as three folders, with melodies over chords that die \
        away: a corpus for longer training, and for labels.
        """)

    @Option(
      name: [.short, .customLong("output")], help: "The folder to make.", completion: .directory,
      transform: OutputName.checked)
    var output: String
    @Option(help: "The instrument.") var kind: DemoCorpus.Kind = .flute
    @Option(parsing: .unconditional, help: "Minutes of music.") var minutes = 6.0
    @Option(help: "Seed: the same seed gives the same files.") var seed: UInt64 = 1
    @OptionGroup var replacing: OutputOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      let possible = DemoCorpus.possibleMinutes
      if !possible.contains(minutes) {
        throw ValidationError(
          "--minutes must be \(possible.lowerBound) to \(Format.count(Int(possible.upperBound))), not \(minutes)")
      }
    }

    func run() throws {
      let corpus = DemoCorpus(kind, minutes: minutes, seed: seed)
      try corpus.write(to: output, existing: replacing.existing, workers: threads.workers)
      Terminal.note(
        "\(output): \(Plural.text(corpus.fileCount, "file")), \(Format.decimal(minutes, 1)) minutes"
      )
    }
  }
}
