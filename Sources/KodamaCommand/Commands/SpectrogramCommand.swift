import ArgumentParser
import Kodama

extension FrequencyScale: ExpressibleByArgument {}

/// Draws the spectrogram of a sound, or the difference of two.
struct SpectrogramCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spectrogram", abstract: "Draw the spectrogram of a sound file, or how it differs from another.",
    discussion: """
      A PNG or SVG with the waveform above, axes in seconds and Hz, and a scale of levels in dB below full scale. With \
      --difference-from, levels are dB above (red) and below (blue) those of another sound of the same rate, over the \
      length that both have.
      """)

  @Argument(help: "A sound file.", completion: .file()) var file: String
  @Option(
    name: [.short, .customLong("output")], help: "The file to write, its name ending in .png or .svg.",
    completion: .file(), transform: OutputName.checked)
  var output: String
  @Option(
    help: ArgumentHelp("Draw the difference from this sound file. (default: no difference)", valueName: "file"),
    completion: .file())
  var differenceFrom: String?
  @Option(help: "The scale of frequencies.") var scale = FrequencyScale.mel
  @Option(help: "Width in pixels.") var width = 1280
  @Option(help: "Height in pixels.") var height = 720
  @Option(
    name: .customLong("range"),
    help: ArgumentHelp("The dynamic range below the loudest level, in dB.", valueName: "dB"))
  var dynamicRange = 90.0
  @Option(help: "Title. (default: the file's name, or both)") var title: String?
  @OptionGroup var replacing: OutputOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if !(10...200).contains(dynamicRange) { throw ValidationError("--range must be 10 to 200 dB, not \(dynamicRange)") }
  }

  func run() throws {
    _ = try PictureFormat(forName: output)
    try AtomicFile.check(output, existing: replacing.existing)
    let source = try open(file)
    let reference = try differenceFrom.map(open)
    let names = ([file] + (differenceFrom.map { [$0] } ?? [])).map { path in
      PathText.name(Folder.trimmed(path))
    }
    let picture = try SpectrogramPicture(
      title: title ?? names.joined(separator: " − "), width: width, height: height, frequencyScale: scale,
      dynamicRange: dynamicRange)
    if let reference {
      try picture.writeDifference(
        of: source, from: reference, to: output, existing: replacing.existing, workers: threads.workers)
    } else {
      try picture.write(source, to: output, existing: replacing.existing, workers: threads.workers)
    }
  }

  private func open(_ path: String) throws -> FileSource {
    let source = try FileSource(path)
    for warning in source.warnings { Terminal.warning("\(path): \(warning)") }
    return source
  }
}
