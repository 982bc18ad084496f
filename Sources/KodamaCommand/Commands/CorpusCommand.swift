import ArgumentParser
import Kodama

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
    /// What is made.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
      case flute, strings
      case amplifierPair = "amplifier-pair"

      /// The corpus; nil for a pair of recordings.
      var corpus: DemoCorpus.Kind? { DemoCorpus.Kind(rawValue: rawValue) }
    }

    static let configuration = CommandConfiguration(
      abstract: "Synthesize a demo corpus: a flute, plucked strings, or a pair for an amplifier.",
      discussion: """
        A flute is one voice that sustains the notes of a pentatonic scale, from 220 to 740 Hz: five minutes of training are \
        enough for a model that sings. Strings are three instruments as three folders, with melodies over chords that die \
        away: a corpus for longer training, and for labels. Both are at 16 kHz. An amplifier pair is two files at 48 kHz, \
        dry.wav, a guitar of plucked strings, and wet.wav, the same through an amplifier of which everything is known.
        """)

    @Option(
      name: [.short, .customLong("output")], help: "The folder to make.", completion: .directory,
      transform: OutputName.checked)
    var output: String
    @Option(help: "The instrument, or the pair.") var kind = Kind.flute
    @Option(parsing: .unconditional, help: "Minutes of music.") var minutes = 6.0
    @Option(help: "Seed: the same seed gives the same files.") var seed: UInt64 = 1
    @OptionGroup var replacing: OutputOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      let possible = kind.corpus == nil ? DemoPair.possibleMinutes : DemoCorpus.possibleMinutes
      if !possible.contains(minutes) {
        throw ValidationError(
          "--minutes must be \(possible.lowerBound) to \(Format.count(Int(possible.upperBound))), not \(minutes)")
      }
    }

    func run() throws {
      var files = 2
      if let kind = kind.corpus {
        let corpus = DemoCorpus(kind, minutes: minutes, seed: seed)
        try corpus.write(to: output, existing: replacing.existing, workers: threads.workers)
        files = corpus.fileCount
      } else {
        try DemoPair(minutes: minutes, seed: seed).write(
          to: output, existing: replacing.existing, workers: threads.workers)
      }
      Terminal.note("\(output): \(Plural.text(files, "file")), \(Format.decimal(minutes, 1)) minutes")
    }
  }
}
