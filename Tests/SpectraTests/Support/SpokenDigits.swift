import Foundation
import KodamaSignal
import Testing

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
