import KodamaCore

/// Errors in sound files and in folders of them.
public enum AudioFault: Fault, Equatable {
  /// The file is empty.
  case empty(path: String)
  /// No known audio format was found in the file's content.
  case notAudio(path: String, reason: String)
  /// The content is of a format that no reader here knows, such as AAC.
  case unreadFormat(path: String, format: String)
  /// A field of the header has an invalid value.
  case malformed(path: String, field: String, problem: String)
  /// A sample is NaN or infinite.
  case notFinite(path: String, frame: Int, channel: Int)
  /// The decoder failed before the end.
  case decodingFailed(path: String, frame: Int, reason: String)
  /// The operating system reported a read error.
  case readFailed(path: String, reason: String)
  /// A warning in strict mode.
  case strict(path: String, warning: AudioWarning)
  /// The output format cannot represent the requested sound.
  case unsupportedOutput(path: String, problem: String)
  /// A folder contains no files that look like audio.
  case noFiles(folder: String)
  /// None of a folder's audio is usable.
  case noUsableAudio(folder: String, reason: String)
  /// A file that is needed contains no samples.
  case noSamples(path: String)
  /// A file lacks the requested channel.
  case noChannel(path: String, channel: Int, channels: Int)
  /// A path in a list or an index points outside its folder.
  case escapingPath(list: String, path: String)
  /// A line of a CSV file of labels cannot be parsed.
  case badLabels(path: String, line: Int, problem: String)
  /// A pattern for labels cannot be used.
  case badPattern(String, problem: String)
  /// A stored corpus index cannot be decoded.
  case badIndex(path: String, problem: String)
  /// A file has changed since it was indexed.
  case changed(path: String, problem: String)

  public var description: String {
    switch self {
    case .empty(let path): "\(path): the file is empty; record or copy it again"
    case .notAudio(let path, let reason):
      "\(path): not a sound file that can be read (\(reason)); convert it to WAV or FLAC, or remove it"
    case .unreadFormat(let path, let format):
      "\(path): \(format), which cannot be read; convert it: "
        + "ffmpeg -i \(PathText.shellWord(path)) \(PathText.shellWord(Self.converted(path)))"
    case .malformed(let path, let field, let problem):
      "\(path): \(field): \(problem); write the file again with another program, or remove it"
    case .notFinite(let path, let frame, let channel):
      "\(path): sample \(frame) of channel \(channel) is not a finite number; repair the file or remove it"
    case .decodingFailed(let path, let frame, let reason):
      "\(path): decoding stopped at sample \(frame): \(reason); copy the file again or remove it"
    case .readFailed(let path, let reason): "\(path): reading failed: \(reason)"
    case .strict(let path, let warning): "\(path): \(warning); refused because strictness was asked for"
    case .unsupportedOutput(let path, let problem): "\(path): \(problem)"
    case .noFiles(let folder): "\(folder): no sound files here; give a folder of WAV, FLAC, Ogg, MP3 or AIFF files"
    case .noUsableAudio(let folder, let reason):
      "\(folder): no usable audio: \(reason); see what is wrong with `kodama corpus inspect`"
    case .noSamples(let path): "\(path): it holds no samples; give a file with sound"
    case .noChannel(let path, let channel, let channels):
      "\(path): channel \(channel) is to be taken, and it has \(channels); choose another channel, or the mix of all"
    case .escapingPath(let list, let path):
      "\(list): the path \(path) leads out of the corpus; use paths relative to its folder, without .."
    case .badLabels(let path, let line, let problem): "\(path), line \(line): \(problem)"
    case .badPattern(let text, let problem): "\(text): \(problem)"
    case .badIndex(let path, let problem):
      "\(path): not an index of a corpus (\(problem)); delete it and it will be made again"
    case .changed(let path, let problem): "\(path): changed since the corpus was indexed: \(problem); index it again"
    }
  }

  /// The name of a WAV file beside a file, which is not the file's own.
  private static func converted(_ path: String) -> String {
    let isTaken = PathText.fileExtension(path).lowercased() == ".wav"
    return PathText.stem(path) + (isTaken ? "-converted.wav" : ".wav")
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .empty, .notAudio, .unreadFormat, .malformed, .notFinite, .decodingFailed, .strict, .noUsableAudio, .noSamples,
      .noChannel,
      .escapingPath, .badLabels, .badIndex, .changed:
      .badData
    case .readFailed: .inputOutput
    case .unsupportedOutput, .badPattern: .usage
    case .noFiles: .noInput
    }
  }
}
