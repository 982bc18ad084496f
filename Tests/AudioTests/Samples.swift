import CSndfile
import Foundation
import KodamaCore

@testable import KodamaAudio

/// Sounds for tests.
enum Samples {
  /// Uniform noise in ±0.5.
  static func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var generator = Philox(seed: seed)
    return (0..<count).map { _ in Float(generator.uniform() - 0.5) }
  }

  /// A sine of an amplitude.
  static func sine(_ count: Int, hertz: Double, sampleRate: Int, amplitude: Double = 0.5) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * Double.pi * hertz * Double($0) / Double(sampleRate))) }
  }

  /// The bytes of an MP3 file of a sine at 16 kHz.
  static func mp3(seconds: Int) throws -> [UInt8] {
    let scratch = try Scratch()
    let path = scratch("sine.mp3")
    var info = SF_INFO()
    info.samplerate = 16_000
    info.channels = 1
    info.format = Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
    let handle = sf_open(path, Int32(SFM_WRITE), &info)
    let samples = sine(16_000 * seconds, hertz: 440, sampleRate: 16_000)
    let written = sf_write_float(handle, samples, sf_count_t(samples.count))
    sf_close(handle)
    precondition(written == sf_count_t(samples.count), "libsndfile wrote \(written) of \(samples.count) samples")
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

/// The memory of this process.
enum Memory {
  /// The largest resident size so far, in KiB.
  static var peakKilobytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }
}
