import Foundation
import TestSupport
import Testing

@testable import KodamaSpectra

/// Held to pysptk 1.0 within 1e-6; `cepstra_golden.py` beside this file wrote the numbers.
@Suite struct MelCepstrumTests {
  @Test(arguments: CepstraGolden.all.frames.indices) func coefficientsAgreeWithPysptk(index: Int) {
    let golden = CepstraGolden.all.frames[index]
    let cepstrum = MelCepstrum(fftLength: golden.fft, order: golden.order, alpha: golden.alpha)
    let noise = Signal(kind: .noise, count: cepstrum.bins, rate: golden.rate, seed: 11).samples
    let power = noise.map { pow(10, 20 * Double($0)) }
    expectClose(cepstrum(power), golden.coefficients, tolerance: 1e-10, "mel-cepstrum at \(golden.rate) Hz")
  }

  @Test(arguments: CepstraGolden.all.frames.indices) func parametersAreThoseOfTheRate(index: Int) {
    let golden = CepstraGolden.all.frames[index]
    let parameters = MelCepstrum.parameters(sampleRate: golden.rate)
    #expect(parameters.order == golden.order)
    #expect(abs(parameters.alpha - golden.alpha) < 1e-12)
  }

  @Test func theWarpingNearestToMelIsPysptks() {
    for pair in CepstraGolden.all.alphas {
      let alpha = FrequencyWarping.nearestToMel(sampleRate: Int(pair[0])).alpha
      #expect(abs(alpha - pair[1]) < 1e-12, "\(alpha) for \(pair[1]) at \(pair[0]) Hz")
    }
  }

  @Test func aFlatSpectrumHasItsHalvedLogarithmAlone() {
    let coefficients = MelCepstrum(fftLength: 512, order: 20, alpha: 0.42)([Double](repeating: exp(3), count: 257))
    expectClose(coefficients, [1.5] + [Double](repeating: 0, count: 20), tolerance: 1e-12, "mel-cepstrum of e³")
  }

  @Test func withoutWarpingItIsTheCepstrum() {
    // ln P = 2 Σ_m c[m] cos mω, which the plain cepstrum gives back.
    let expected = [0.3, -0.7, 0.2, 0.05]
    let power = (0...64).map { bin -> Double in
      let omega = Double.pi * Double(bin) / 64
      return exp(2 * expected.indices.reduce(0.0) { $0 + expected[$1] * cos(Double($1) * omega) })
    }
    expectClose(MelCepstrum(fftLength: 128, order: 3, alpha: 0)(power), expected, tolerance: 1e-12, "cepstrum")
  }

  @Test func theUnbiasedFitFindsAModelAgain() {
    // Where the periodogram is a model's own spectrum, the fit is that model.
    let analysis = UnbiasedMelCepstrum(fftLength: 256, order: 4, alpha: 0.35)
    let expected = [1.0, 0.5, -0.3, 0.2, -0.1]
    let warping = FrequencyWarping(alpha: 0.35)
    var logPower = (0...128).map { bin -> Double in
      let warped = warping.warped(Double.pi * Double(bin) / 128)
      return 2 * expected.indices.reduce(0.0) { $0 + expected[$1] * cos(Double($1) * warped) }
    }
    logPower += [Double](repeating: 0, count: PaddedMatrix.padded(129) - 129)
    var scratch = [Double](repeating: 0, count: analysis.scratchCount)
    var coefficients = [Double](repeating: 0, count: 5)
    analysis.fit(logPower: logPower, scratch: &scratch, coefficients: &coefficients)
    expectClose(coefficients, expected, tolerance: 1e-6, "fit")
  }
}
