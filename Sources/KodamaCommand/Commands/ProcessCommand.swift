import ArgumentParser
import Kodama
import KodamaCore

/// Processes recordings by models of amplifiers.
struct ProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "process", abstract: "Process a recording by a model of an amplifier or another box (.nam).",
    discussion: """
      The model is a .nam file of version 0.5 to 0.7, of any of its architectures. The output is as long as the \
      recording and has its sample rate: WAV, FLAC, Ogg Vorbis (.ogg), Opus, MP3 or raw PCM by its extension. Samples \
      beyond full scale are clipped in files of integers; --format float32 keeps them.
      """)

  @Argument(
    help: "A .nam file, or a run of kodama capture, a checkpoint or a model folder.",
    completion: .file(extensions: ["nam"]))
  var model: String
  @Argument(help: "The recording; - for standard input.", completion: .file()) var input: String
  @Option(
    name: [.short, .customLong("output")], help: "The file to write; - for standard output.", completion: .file(),
    transform: OutputName.checked) var output: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The size of the network, from 0, the smallest, to 1, of a model of several sizes.", valueName: "share"))
  var size = 1.0
  @Option(
    help: ArgumentHelp("Frames of a call, as a player makes them. The result does not depend on it.", valueName: "n"))
  var block = 64
  @Option(
    help: ArgumentHelp(
      "The channel to process: left, right, a number from 1, or mix for the mean of all. (default: each by itself)",
      valueName: "channel"), completion: .list(["mix", "left", "right", "1", "2"]))
  var channel: ChannelChoice?
  @Option(parsing: .unconditional, help: ArgumentHelp("The gain of the input.", valueName: "dB")) var inputGain = 0.0
  @Option(parsing: .unconditional, help: ArgumentHelp("The gain of the processed sound.", valueName: "dB"))
  var outputGain = 0.0
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The share of the processed sound, from 0, the recording itself, to 1.", valueName: "share"))
  var mix = 1.0
  @Flag(help: "Bring the model to a loudness of -18 dB by what its file says, as players do.") var normalize = false
  @Flag(help: "Convert a recording of another sample rate to the model's, and the output back.") var resample = false
  @Option(help: "The format of samples in WAV, FLAC (integers only) and raw PCM.")
  var format = AudioEncoding.SampleFormat.pcm16
  @Flag(help: "With -o -: raw PCM instead of WAV.") var raw = false
  @OptionGroup var replacing: OutputOptions
  @Flag(help: "Print what was processed as JSON.") var json = false
  @Flag(help: "Show no progress and no warnings.") var quiet = false

  func validate() throws {
    for (name, share) in [("--size", size), ("--mix", mix)] where !(0...1).contains(share) {
      throw ValidationError("\(name) must be 0 to 1, not \(share)")
    }
    for (name, gain) in [("--input-gain", inputGain), ("--output-gain", outputGain)] where !(-200...200).contains(gain)
    {
      throw ValidationError("\(name) must be -200 to 200 dB, not \(gain)")
    }
    if !(1...65_536).contains(block) { throw ValidationError("--block must be 1 to 65,536, not \(block)") }
    if raw && output != "-" { throw ValidationError("--raw is for -o -; a file is raw by the extension .raw") }
    if json && output == "-" { throw ValidationError("--json and the sound cannot both go to standard output") }
    if output == "-" && Terminal.showsOutput {
      throw ValidationError(
        "standard output is a terminal, which cannot play sound; pipe it to a player, or give the name of a file")
    }
  }

  func run() throws {
    Interruption.listen()
    let encoding = try output == "-" ? AudioEncoding(raw ? .raw : .wav, format) : AudioEncoding(forName: output, format)
    if output != "-" { try AtomicFile.check(output, existing: replacing.existing) }
    var settings = ProcessingJob.Settings()
    (settings.size, settings.block, settings.channel) = (size, block, channel)
    (settings.inputGain, settings.outputGain, settings.mix) = (inputGain, outputGain, mix)
    (settings.normalizesLoudness, settings.resamples) = (normalize, resample)
    let job = try ProcessingJob(try AmplifierModel.load(model), path: model, settings: settings)
    let progress = ProgressLine(quiet: quiet)
    let result = try job.run(
      input,
      to: { rate, channels in
        output == "-"
          ? try AudioWriter(to: .standardOutput, encoding: encoding, sampleRate: rate, channels: channels)
          : try AudioWriter(
            path: output, encoding: encoding, sampleRate: rate, channels: channels, existing: replacing.existing)
      }, progress: { progress.update(share: $0, "processed") }, shouldStop: { Interruption.isRequested })
    progress.close()
    if json { try Terminal.data(JSONText.of(result)) }
    if !quiet {
      let seconds = Double(result.frames) / Double(result.sampleRate)
      Terminal.note(
        "processed   \(Format.decimal(seconds)) s, \(Plural.text(result.channels, "channel")), "
          + "\(Format.decimal(result.realTimeFactor, 1))x real time")
      if result.samplesBeyondFullScale > 0 && format != .float32 {
        Terminal.warning(
          "\(Format.count(result.samplesBeyondFullScale)) samples are beyond full scale and clipped, up to "
            + "\(Format.decimal(Double(result.peak))); --output-gain lowers the sound, --format float32 keeps it")
      }
    }
    if Interruption.isRequested { throw Interruption.exitStatus }
  }
}
