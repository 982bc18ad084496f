import CSndfile
import Foundation
import KodamaCore

/// A container format by libsndfile's number.
struct AudioFormat: Equatable {
  private let major: Int

  /// - Parameter code: the `format` of an SF_INFO.
  init(code: Int32) { major = Int(code) & SF_FORMAT_TYPEMASK }

  var isMPEG: Bool { major == SF_FORMAT_MPEG }
  var isFLAC: Bool { major == SF_FORMAT_FLAC }

  /// The name of the format, such as "FLAC (Free Lossless Audio Codec)".
  var name: String {
    var info = SF_FORMAT_INFO()
    info.format = Int32(major)
    let size = Int32(MemoryLayout<SF_FORMAT_INFO>.size)
    let known = sf_command(nil, Int32(SFC_GET_FORMAT_INFO), &info, size) == 0
    guard known, let name = info.name else { return "format \(String(major, radix: 16))" }
    return String(cString: name)
  }

  /// The file's extension, where it is a well-known one of another format.
  func misleadingExtension(of path: String) -> String? {
    let name = (path as NSString).pathExtension.lowercased()
    guard let expected = Self.byExtension[name], !expected.contains(major) else { return nil }
    return name
  }

  /// Whether a name has the extension of an audio format, supported or not.
  static func isNameOfSound(_ path: String) -> Bool {
    let name = PathText.fileExtension(path).dropFirst().lowercased()
    return byExtension[name] != nil || unread.contains(name)
  }

  /// Extensions of unsupported formats. Such files are reported instead of being skipped silently.
  private static let unread: Set<String> = [
    "3gp", "aac", "ac3", "amr", "ape", "asf", "avi", "dff", "dsf", "dts", "eac3", "flv", "m4a", "m4b", "m4v", "mka",
    "mkv",
    "mov", "mp4", "mpc", "mpeg", "mpg", "ogv", "ra", "rm", "shn", "spx", "tak", "tta", "webm", "wma", "wmv", "wv",
  ]

  /// The formats that an extension may denote.
  private static let byExtension: [String: [Int]] = {
    let wave = [SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_RF64]
    return [
      "wav": wave, "wave": wave, "rf64": wave, "w64": [SF_FORMAT_W64], "aif": [SF_FORMAT_AIFF],
      "aiff": [SF_FORMAT_AIFF], "aifc": [SF_FORMAT_AIFF], "flac": [SF_FORMAT_FLAC, SF_FORMAT_OGG],
      "ogg": [SF_FORMAT_OGG], "oga": [SF_FORMAT_OGG], "opus": [SF_FORMAT_OGG], "mp3": [SF_FORMAT_MPEG],
      "caf": [SF_FORMAT_CAF], "au": [SF_FORMAT_AU], "snd": [SF_FORMAT_AU],
    ]
  }()
}

/// Limits on the fields of a sound file's header.
enum AudioLimits {
  /// Sample rates in Hz.
  static let sampleRates = 1_000...1_000_000
  /// Numbers of channels.
  static let channels = 1...256
  /// Samples of one channel: longer than any recording (two years at 16 kHz), far below overflow at any target rate.
  static let frames = 0...(1 << 40)
  /// Samples of one channel, summed over all recordings of a corpus.
  static let corpusFrames = 1 << 44

  /// Throws unless the fields of a header are within the limits.
  static func check(path: String, sampleRate: Int, channels: Int) throws {
    if let (field, problem) = problem(sampleRate: sampleRate, channels: channels) {
      throw AudioFault.malformed(path: path, field: field, problem: problem)
    }
  }

  /// The field that is outside the limits, and what is wrong with it.
  static func problem(sampleRate: Int, channels: Int) -> (field: String, problem: String)? {
    if !Self.channels.contains(channels) { return ("channels", "\(channels), not 1 to 256") }
    if !sampleRates.contains(sampleRate) { return ("sample rate", "\(sampleRate) Hz, not 1,000 to 1,000,000 Hz") }
    return nil
  }
}
