import Foundation
import KodamaCore
import TestSupport
import Testing

@testable import KodamaSpectra

/// Held to librosa 0.11 within 1e-6 of the largest value; `spectra_golden.py` beside this file wrote the numbers.
@Suite struct STFTTests {
  @Test(arguments: Golden.all.stft.indices) func agreesWithLibrosa(index: Int) throws {
    let golden = Golden.all.stft[index]
    let stft = STFT(
      fftLength: golden.fft, hopLength: golden.hop, windowLength: golden.windowLength, window: golden.window,
      padding: golden.padding)
    let samples = golden.signal.samples
    let spectrogram = try stft.transform(samples)
    #expect(stft.frames(samples: samples.count) == golden.frames)
    #expect(spectrogram.frames == golden.frames)
    #expect([golden.rows.count, spectrogram.bins] == golden.real.shape)
    let numbers = golden.rows.flatMap { row in (0..<spectrogram.bins).map { spectrogram[row, $0] } }
    let actual = numbers.map(\.real) + numbers.map(\.imaginary)
    expectClose(
      actual, golden.real.values + golden.imaginary.values, tolerance: 1e-6, "\(golden.signal), \(golden.padding)")
  }

  @Test func powerIsTheSquaredMagnitude() throws {
    let stft = STFT(fftLength: 256, hopLength: 100)
    let samples = Signal(kind: .mixture, count: 3000).samples
    expectClose(
      try stft.power(samples).values, try stft.transform(samples).power.values, tolerance: 1e-6, "power of a mixture")
  }

  @Test func aFullScaleSineHasFullScalePower() throws {
    let stft = STFT(fftLength: 512, hopLength: 512, padding: .none)
    let sine = (0..<512).map { Float(cos(2 * Double.pi * Double(40 * $0) / 512)) }
    #expect(abs(Double(try stft.power(sine)[0, 40]) / stft.fullScalePower - 1) < 1e-6)
    #expect(stft.frequency(ofBin: 40, sampleRate: 16_000) == 1250)
  }

  @Test func theFramesAreTheSameWhereverABlockEnds() throws {
    let stft = STFT(fftLength: 64, hopLength: 16, padding: .zeros)
    let length = Blocks.frames + 3000
    let long = Signal(kind: .noise, count: length, seed: 3).samples
    let start = Blocks.frames - 3200
    let short = Array(long[start...])
    let (whole, part) = (try stft.power(long), try stft.power(short))
    let skipped = start / 16
    #expect(whole.frames == 1 + length / 16)
    for frame in 2..<part.frames where part[frame: frame] != whole[frame: frame + skipped] {
      Issue.record("frame \(frame) differs")
    }
  }

  @Test(arguments: STFT.Padding.allCases) func threadsChangeNothing(padding: STFT.Padding) throws {
    let stft = STFT(fftLength: 256, hopLength: 64, padding: padding)
    let samples = Signal(kind: .mixture, count: 50_000).samples
    let one = try stft.transform(samples, workers: .serial)
    #expect(try stft.transform(samples, workers: Workers(threads: 5)) == one)
    #expect(stft.inverse(one, workers: .serial) == stft.inverse(one, workers: Workers(threads: 5)))
  }

  @Test func stepsOfTheSignalAreFramesWherePaddingIsAroundTheHop() {
    let stft = STFT(fftLength: 1024, hopLength: 256, padding: .reflectAroundHop)
    for steps in 4..<9 { #expect(stft.frames(samples: steps * 256) == steps) }
  }

  @Test func shortSignalsHaveTheFramesThatFit() throws {
    #expect(try STFT(fftLength: 64, hopLength: 16).transform([]).frames == 0)
    #expect(try STFT(fftLength: 64, hopLength: 16).transform([1]).frames == 1)
    #expect(STFT(fftLength: 64, hopLength: 16, padding: .none).frames(samples: 63) == 0)
    #expect(try STFT(fftLength: 64, hopLength: 16, padding: .reflect).transform([1]).frames == 1)
  }

  @Test func mirroringGoesBackAndForth() {
    #expect((-5..<8).map { STFT.mirrored($0, count: 3) } == [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1])
    #expect(STFT.mirrored(-7, count: 1) == 0)
  }

  @Test func aSampleThatIsNoNumberIsNamed() {
    var samples = [Float](repeating: 0, count: 500)
    samples[321] = .infinity
    samples[400] = .nan
    #expect(throws: SpectraFault.notFinite(name: "the sound", channel: 0, frame: 321)) {
      try STFT(fftLength: 64, hopLength: 16).transform(samples)
    }
  }
}

@Suite struct STFTInverseTests {
  @Test(arguments: [(2048, 512, 2048), (512, 128, 400), (375, 100, 301), (256, 256, 256)])
  func givesTheSignalBack(fft: Int, hop: Int, window: Int) throws {
    let samples = Signal(kind: .mixture, count: 20_001).samples
    for padding in [STFT.Padding.zeros, .reflect] {
      let shape: Window = hop == window ? .rectangular : .hann
      let stft = STFT(fftLength: fft, hopLength: hop, windowLength: window, window: shape, padding: padding)
      let spectrogram = try stft.transform(samples)
      // The last samples may lie outside every window of a short one.
      let covered = (spectrogram.frames - 1) * hop
      let back = stft.inverse(spectrogram, length: samples.count)
      #expect(back.count == samples.count)
      expectClose(
        Array(back.prefix(covered)), Array(samples.prefix(covered)), tolerance: 2e-6,
        "\(fft)/\(hop)/\(window) \(padding)")
    }
  }

  @Test func withoutPaddingTheMiddleComesBack() throws {
    let samples = Signal(kind: .noise, count: 4096).samples
    let stft = STFT(fftLength: 512, hopLength: 128, window: .hamming, padding: .none)
    let back = stft.inverse(try stft.transform(samples))
    #expect(back.count == samples.count)
    expectClose(back, samples, tolerance: 1e-6, "Hamming, not padded")
  }

  @Test func beyondTheLastFrameThereIsSilence() throws {
    let stft = STFT(fftLength: 64, hopLength: 16)
    let back = stft.inverse(try stft.transform([Float](repeating: 1, count: 160)), length: 1000)
    #expect(back.count == 1000)
    #expect(back[400...].allSatisfy { $0 == 0 })
    #expect(stft.inverse(try stft.transform([]), length: 3) == [0, 0, 0])
    #expect(stft.inverse(try stft.transform([])).isEmpty)
  }
}
