import Foundation
import KodamaAudio
import KodamaSignal
import Testing

/// One channel of a golden case: a signal that is made again, or a piece of a recording.
enum Channel: Decodable, Sendable, CustomStringConvertible {
  case signal(Signal)
  case recording(Recording)

  struct Recording: Decodable, Sendable {
    let path: String
    let start, count, channel: Int
  }

  private enum CodingKeys: CodingKey { case signal, recording }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let signal = try container.decodeIfPresent(Signal.self, forKey: .signal) {
      self = .signal(signal)
    } else {
      self = .recording(try container.decode(Recording.self, forKey: .recording))
    }
  }

  var description: String {
    switch self {
    case .signal(let signal): "\(signal)"
    case .recording(let piece): "\(piece.path) from \(piece.start)"
    }
  }

  /// Whether its recording, if it is of one, lies beside the package.
  var isPresent: Bool {
    guard case .recording(let piece) = self else { return true }
    return FileManager.default.fileExists(atPath: Channel.corpora + piece.path)
  }

  /// The samples, with their rate.
  func waveform() throws -> Waveform {
    switch self {
    case .signal(let signal): return Waveform(signal.samples, sampleRate: signal.rate)
    case .recording(let piece):
      let file = try AudioFile(Channel.corpora + piece.path)
      try file.seek(to: piece.start)
      let interleaved = try file.read(frames: piece.count)
      let samples = stride(from: piece.channel, to: interleaved.count, by: file.channels).map { interleaved[$0] }
      return Waveform(samples, sampleRate: file.sampleRate)
    }
  }

  private static let corpora =
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../shared/corpora").standardized.path + "/"
}

extension [Channel] {
  /// Whether all their recordings lie beside the package.
  var arePresent: Bool { allSatisfy(\.isPresent) }

  func waveform() throws -> Waveform {
    let parts = try map { try $0.waveform() }
    return Waveform(channels: parts.map(\.mono), sampleRate: parts[0].sampleRate)
  }
}

/// Recordings that lie beside the package on some machines and are no part of it.
enum SpokenDigits {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/corpora/fsdd/train")

  static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

  /// A recording: one channel of 16 bits, whose samples are what follows the header's `data` and their size.
  static func read(_ name: String, rate: Int = 8000) throws -> Waveform {
    let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    let marker = Array("data".utf8)
    let start = try #require((0..<bytes.count - 8).first { Array(bytes[$0..<$0 + 4]) == marker }) + 8
    let samples = stride(from: start, to: bytes.count - 1, by: 2).map { place in
      Float(Int16(bitPattern: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8)) / 32_768
    }
    return Waveform(samples, sampleRate: rate)
  }
}
