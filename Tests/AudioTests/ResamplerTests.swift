import Testing

@testable import KodamaAudio

/// Held to Python's soxr; `resampler_golden.py` beside this file prints every number used here.
@Suite struct ResamplerTests {
  private let signal = (0..<600).map { n in
    let (saw, square): (Int, Int) = (n * 37 % 97 - 48, n / 50 % 2)
    return Float(saw) / 1_024 + Float(square) / 4
  }

  @Test(arguments: [
    (44_100, ResamplerGolden.from44100to16000), (8_000, ResamplerGolden.from8000to16000),
    (48_000, ResamplerGolden.from48000to16000), (11_025, ResamplerGolden.from11025to16000),
  ])
  func theBitsEqualPython(rate: Int, golden: [UInt32]) {
    #expect(Resampler.convert(signal, from: rate, to: 16_000).map(\.bitPattern) == golden)
  }

  @Test(arguments: [1, 7, 1_000]) func blocksOfAnySizeGiveTheSameBits(size: Int) {
    let signal = Samples.noise(20_000)
    let resampler = Resampler(from: 44_100, to: 16_000)
    var streamed: [Float] = []
    for start in stride(from: 0, to: signal.count, by: size) {
      streamed += resampler.process(Array(signal[start..<min(start + size, signal.count)]))
    }
    streamed += resampler.finish()
    #expect(streamed == Resampler.convert(signal, from: 44_100, to: 16_000))
  }

  @Test(arguments: [
    (44_100, 16_000), (8_000, 16_000), (48_000, 16_000), (22_050, 16_000), (11_025, 8_000), (48_000, 22_050),
    (48_000, 44_100), (96_000, 22_050), (48_000, 11_025), (22_050, 48_000),
  ])
  func theLengthIsAsPromised(from: Int, to: Int) {
    // 480 and 48,480 samples at 48 kHz are 220.5 and 22,270.5 at 22,050 Hz: ties.
    for count in [0, 1, 2, 3, 10, 80, 160, 480, 999, 1_000, 44_100, 48_480] {
      let converted = Resampler.convert([Float](repeating: 0.1, count: count), from: from, to: to)
      #expect(converted.count == Resampler.outputCount(count, from: from, to: to), "\(count) samples")
    }
  }

  @Test func oneRateIsLeftAsItIs() {
    #expect(Resampler.convert(signal, from: 16_000, to: 16_000) == signal)
  }
}
