import KodamaCore
import TestSupport
import Testing

@testable import Kodama

@Suite struct PrimeRecordingTests {
  /// Writes noise and gives all of it back as the file holds it, converted as a whole.
  private func write(_ frames: Int, rate: Int, channels: Int, to path: String, modelRate: Int) throws -> [Float] {
    var random = Philox(seed: 3)
    let writer = try AudioWriter(path: path, sampleRate: rate, channels: channels, existing: .replace)
    try writer.write((0..<frames * channels).map { _ in Float(random.uniform() - 0.5) })
    try writer.finish()
    let mono = try AudioFile.read(path).mono
    return rate == modelRate ? mono : Resampler.convert(mono, from: rate, to: modelRate)
  }

  @Test(arguments: [("wav", 1), ("wav", 2), ("flac", 2)], [300, 5000, 200_000])
  func theEndOfARecordingAtTheModelsRateIsThatOfTheWhole(form: (kind: String, channels: Int), frames: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x." + form.kind
      let whole = try write(frames, rate: 8000, channels: form.channels, to: path, modelRate: 8000)
      let recording = try PrimeRecording(path, wanted: 1000, sampleRate: 8000)
      #expect(recording.samples == whole.suffix(1000))
      #expect(recording.sampleRate == 8000 && recording.warnings.isEmpty)
    }
  }

  @Test func recordingsWithoutSamplesAreRefusedAndSilenceIsKnown() throws {
    try withTemporaryFolder { folder in
      _ = try write(0, rate: 8000, channels: 1, to: folder + "/none.wav", modelRate: 8000)
      #expect(throws: AudioFault.noSamples(path: folder + "/none.wav")) {
        try PrimeRecording(folder + "/none.wav", wanted: 100, sampleRate: 8000)
      }
      let writer = try AudioWriter(path: folder + "/zero.wav", sampleRate: 8000, channels: 1, existing: .replace)
      try writer.write([Float](repeating: 0, count: 500))
      try writer.finish()
      #expect(try PrimeRecording(folder + "/zero.wav", wanted: 100, sampleRate: 8000).isDigitalSilence)
    }
  }

  @Test func aChannelAloneIsGoneOnFromAndChannelsThatCancelAreNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/inverted.wav"
      let writer = try AudioWriter(path: path, sampleRate: 8000, channels: 2, existing: .replace)
      try writer.write((0..<2000).map { (index: Int) -> Float in Float(index / 2 % 10) / (index % 2 == 0 ? 16 : -16) })
      try writer.finish()
      let mix = try PrimeRecording(path, wanted: 100, sampleRate: 8000)
      #expect(mix.warnings == [.channelsCancel] && mix.isDigitalSilence)
      let right = try PrimeRecording(path, wanted: 10, sampleRate: 8000, channel: .channel(2))
      #expect(right.samples == (0..<10).map { -Float($0) / 16 } && right.warnings.isEmpty)
    }
  }

  @Test(arguments: [(44_100, 16_000), (48_000, 16_000), (8000, 44_100), (11_025, 16_000)])
  func theEndOfAConvertedRecordingIsThatOfTheWhole(rate: Int, modelRate: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.wav"
      let short = try write(3001, rate: rate, channels: 1, to: path, modelRate: modelRate)
      #expect(try PrimeRecording(path, wanted: 900, sampleRate: modelRate).samples == short.suffix(900))
      let long = try write(300_007, rate: rate, channels: 1, to: folder + "/long.wav", modelRate: modelRate)
      let end = try PrimeRecording(folder + "/long.wav", wanted: 900, sampleRate: modelRate).samples
      #expect(end.count == 900)
      expectClose(end, long.suffix(900), tolerance: 1e-5, floor: 1)
    }
  }

  @Test func aFileThatEndsEarlyGivesWhatItHas() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.wav"
      _ = try write(100_000, rate: 8000, channels: 1, to: path, modelRate: 8000)
      try TestSupport.write(bytes(path).dropLast(60_000), to: path)
      let whole = try AudioFile.read(path).mono
      let recording = try PrimeRecording(path, wanted: 1000, sampleRate: 8000)
      #expect(recording.samples == whole.suffix(1000))
      #expect(!recording.warnings.isEmpty)
    }
  }
}
