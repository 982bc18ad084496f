import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

/// Held to librosa 0.11 within 1e-5; `spectra_golden.py` beside this file wrote the numbers.
@Suite struct MelTests {
  @Test(arguments: Golden.all.mel.indices) func theFiltersAgreeWithLibrosa(index: Int) throws {
    let golden = Golden.all.mel[index]
    let filterbank = MelFilterbank(
      sampleRate: golden.rate, fftLength: golden.fft, bands: golden.bands, minimumFrequency: golden.low,
      maximumFrequency: golden.high, scale: golden.scale, normalization: golden.normalization)
    if let matrix = golden.matrix {
      #expect(matrix.shape == [filterbank.bands, filterbank.bins])
      expectClose(filterbank.matrix, matrix.values, tolerance: 1e-6, "filters at \(golden.rate) Hz")
    }
    let noise = Signal(kind: .noise, count: filterbank.bins, rate: golden.rate, seed: 8).samples
    let product = bands(of: noise.map { Double($0.magnitude) }, filterbank)
    expectClose(product, golden.product.values, tolerance: 1e-6, "bands at \(golden.rate) Hz")
    for (actual, expected) in try paired(product, golden.product.values) {
      #expect(abs(actual - expected) <= 1e-5 * expected)
    }
  }

  @Test(arguments: Golden.all.melSpectrograms.indices) func conventionsAgreeWithTheirTools(index: Int) throws {
    let golden = Golden.all.melSpectrograms[index]
    let mel: MelSpectrogram =
      switch golden.convention {
      case "librosa": .librosa(sampleRate: golden.signal.rate)
      case "parallelWaveGAN": .parallelWaveGAN(sampleRate: golden.signal.rate)
      default: .hifiGAN(sampleRate: golden.signal.rate)
      }
    let spectrogram = try mel(golden.signal.samples)
    #expect([spectrogram.frames, spectrogram.bands] == golden.values.shape)
    expectClose(spectrogram.values, golden.values.values, tolerance: 1e-6, "\(golden.convention) of \(golden.signal)")
  }

  @Test(arguments: MelScale.allCases) func aMelValueGivesItsFrequencyBack(scale: MelScale) {
    for frequency in [0, 20, 999, 1000, 1001, 7600, 24_000.0] {
      #expect(abs(scale.frequency(mel: scale.mel(frequency: frequency)) - frequency) < 1e-9 * max(1, frequency))
    }
  }

  @Test func theLowestRateOfAConventionHasItsBands() throws {
    let mel = MelSpectrogram.parallelWaveGAN(sampleRate: 161)
    #expect(try mel([Float](repeating: 0.5, count: 2000)).bands == 80)
  }

  @Test func aToneIsLoudestInTheBandAroundIt() throws {
    let mel = MelSpectrogram.librosa(sampleRate: 16_000)
    let tone = Signal(kind: .square, count: 16_000).samples
    let frame = Array(try mel(tone)[frame: 15])
    let loudest = try #require(frame.indices.max { frame[$0] < frame[$1] })
    #expect(abs(mel.filterbank.centerFrequencies[loudest] - 320) < 30)
  }

  @Test func threadsChangeNothing() throws {
    let samples = Signal(kind: .mixture, count: 50_000).samples
    let mel = MelSpectrogram.hifiGAN(sampleRate: 16_000)
    #expect(try mel(samples, workers: .serial) == mel(samples, workers: Workers(threads: 3)))
  }

  private func bands(of spectrum: [Double], _ filterbank: MelFilterbank) -> [Float] {
    [Float](unsafeUninitializedCapacity: filterbank.bands) { output, count in
      filterbank.apply(spectrum, to: output.baseAddress.unsafelyUnwrapped)
      count = filterbank.bands
    }
  }
}
