import ArgumentParser
import Kodama

/// The root command.
struct KodamaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kodama",
    abstract: "Train WaveNets on folders of recordings, generate audio from them, and score audio.",
    discussion: """
      A first run on your own recordings:
        kodama corpus inspect recordings
        kodama train recordings -o runs/first --preset small --for 1h
        kodama generate runs/first -o first.wav --seconds 5
        kodama score runs/first recordings

      Data goes to standard output, progress and messages to standard error. Exit statuses follow sysexits: 64 wrong \
      usage, 65 bad data, 66 no input, 70 internal, 71 the system gave too little, 73 cannot create, 74 input or output \
      failed, 129, 130 and 143 interrupted, 141 the reader of the output went away; and 1 where a threshold of evaluate does not hold.
      """,
    version: Version.description,
    subcommands: [
      CorpusCommand.self, FeaturesCommand.self, TrainCommand.self, TuneCommand.self, CaptureCommand.self,
      GenerateCommand.self,
      ProcessCommand.self, ScoreCommand.self,
      IdentifyCommand.self, ClassifyCommand.self, EvaluateCommand.self,
      SpectrogramCommand.self, ReportCommand.self, InspectCommand.self, CompressCommand.self, ExportCommand.self,
      ImportCommand.self,
      BenchCommand.self,
    ])
}
