import ArgumentParser
import Kodama

extension FrequencyScale: ExpressibleByArgument {}

/// Draws the spectrogram of a sound.
struct SpectrogramCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spectrogram", abstract: "Draw the spectrogram of a sound file.",
    discussion: "A PNG with the waveform above, axes in seconds and Hz, and a scale of levels in dB below full scale.")

  @Argument(help: "A sound file.") var file: String
  @Option(name: [.short, .customLong("output")], help: "The PNG file to write.", transform: OutputName.checked)
  var output: String
  @Option(help: "The scale of frequencies.") var scale = FrequencyScale.mel
  @Option(help: "Width in pixels.") var width = 1280
  @Option(help: "Height in pixels.") var height = 720
  @Option(name: .customLong("range"), help: ArgumentHelp("Levels shown below the loudest, in dB.", valueName: "dB"))
  var dynamicRange = 90.0
  @Option(help: "Title. (default: the file's name)") var title: String?
  @OptionGroup var replacing: OutputOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if !(10...200).contains(dynamicRange) { throw ValidationError("--range must be 10 to 200 dB, not \(dynamicRange)") }
  }

  func run() throws {
    try AtomicFile.check(output, existing: replacing.existing)
    let source = try FileSource(file)
    for warning in source.warnings { Terminal.warning("\(file): \(warning)") }
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let picture = try SpectrogramPicture(
      title: title ?? name, width: width, height: height, frequencyScale: scale, dynamicRange: dynamicRange)
    try picture.write(source, to: output, existing: replacing.existing, workers: threads.workers)
  }
}
