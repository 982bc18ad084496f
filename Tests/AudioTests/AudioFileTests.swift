import CSndfile
import Foundation
import TestSupport
import Testing

@testable import KodamaAudio

@Suite struct AudioFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Writes a stereo sine through libsndfile.
  private func write(_ name: String, _ format: Int, frames: Int = 30_000) throws -> String {
    let path = scratch(name)
    var info = SF_INFO()
    (info.samplerate, info.channels, info.format) = (48_000, 2, Int32(format))
    let handle = try #require(sf_open(path, Int32(SFM_WRITE), &info), "\(String(cString: sf_strerror(nil)))")
    let sine = Samples.sine(frames, hertz: 300, sampleRate: 48_000).flatMap { [$0, -$0] }
    #expect(sf_writef_float(handle, sine, sf_count_t(frames)) == sf_count_t(frames))
    sf_close(handle)
    return path
  }

  @Test(arguments: [
    ("a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 0.01), ("b.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 0.02),
    ("c.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 0.05), ("d.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 1e-7),
    ("e.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 1e-6), ("f.wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 1e-4),
    ("g.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 1e-4), ("h.au", SF_FORMAT_AU | SF_FORMAT_FLOAT, 1e-6),
    ("i.caf", SF_FORMAT_CAF | SF_FORMAT_PCM_32, 1e-6), ("j.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 1e-4),
    ("k.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6), ("l.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.05),
    ("m.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.05),
  ])
  func everyFormatIsRead(name: String, format: Int, tolerance: Double) throws {
    let path = try write(name, format)
    var warnings: [AudioWarning] = []
    let wave = try AudioFile.read(path) { warnings.append($0) }
    #expect(warnings.isEmpty)
    #expect(wave.sampleRate == 48_000 && wave.channels.count == 2)
    #expect((30_000..<31_200).contains(wave.frames))
    let sine = Samples.sine(20_000, hertz: 300, sampleRate: 48_000)
    for (channel, sign) in [(0, 1), (1, -1)] as [(Int, Float)] {
      expectClose(
        wave.channels[channel][1_000..<20_000], sine[1_000...].map { sign * $0 }, tolerance: tolerance, floor: 1,
        "channel \(channel)")
    }
  }

  @Test(arguments: [SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16])
  func blocksAndJumpsGiveTheSameSamples(format: Int) throws {
    let path = try write("x", format)
    let whole = try AudioFile(path).read(frames: 40_000)
    #expect(whole.count == 60_000)
    let file = try AudioFile(path)
    var blocks: [Float] = []
    while true {
      let block = try file.read(frames: 777)
      if block.isEmpty { break }
      blocks += block
    }
    #expect(blocks == whole)
    for start in [29_999, 0, 12_345] {
      try file.seek(to: start)
      #expect(try file.read(frames: 5) == Array(whole[2 * start..<min(60_000, 2 * start + 10)]))
    }
    #expect(throws: AudioFault.self) { try file.seek(to: 30_001) }
  }

  @Test func aNameOfAnotherFormatIsSaid() throws {
    let path = try write("song.aiff", SF_FORMAT_WAV | SF_FORMAT_PCM_16)
    let file = try AudioFile(path)
    #expect(file.warnings == [.nameOfAnotherFormat(name: "aiff", content: file.formatName)])
    #expect(file.formatName == "WAV (Microsoft)")
    #expect(try AudioFile(write("song.data", SF_FORMAT_WAV | SF_FORMAT_PCM_16)).warnings.isEmpty)
  }
}
