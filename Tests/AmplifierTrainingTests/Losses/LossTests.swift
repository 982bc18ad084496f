import KodamaAmplifierTraining
import KodamaCore
import KodamaSignal
import KodamaSpectra
import KodamaTensors
import TestSupport
import Testing

@Suite struct LossTests {
  private func value(_ loss: (Variable<Double>) -> Variable<Double>, of x: Tensor<Double>) -> Double {
    loss(Tape<Double>(recording: false).constant(x)).value.item
  }

  private func noise(_ seed: UInt32, _ shape: Shape) -> Tensor<Double> {
    Tensor(shape, PlainNoise.numbers(seed: seed, count: shape.count))
  }

  @Test func theRatioIsZeroForACopyAndOneForSilence() {
    let target = noise(1, [3, 40])
    #expect(value({ $0.errorToSignalRatio(target) }, of: target) == 0)
    let silence = value({ $0.errorToSignalRatio(target) }, of: Tensor([3, 40]))
    expectClose([silence], [1], tolerance: 1e-14)
  }

  @Test func theRatioDoesNotDependOnTheScaleOfBoth() {
    let (x, target) = (noise(1, [2, 50]), noise(2, [2, 50]))
    let ratio = value({ $0.errorToSignalRatio(target) }, of: x)
    let large = Tensor<Double>([2, 50], x.elements.map { $0 * 7 })
    let largeTarget = Tensor<Double>([2, 50], target.elements.map { $0 * 7 })
    expectClose([value({ $0.errorToSignalRatio(largeTarget) }, of: large)], [ratio], tolerance: 1e-13)
  }

  @Test func theRatioIsTheMeanOverTheBatch() {
    let (x, target) = (
      noise(1, [2, 30]),
      Tensor<Double>([2, 30], noise(2, [2, 30]).elements.enumerated().map { $1 * ($0 < 30 ? 1 : 9) })
    )
    var ratios: [Double] = []
    for signal in 0..<2 {
      let (a, b) = (
        Array(x.elements[signal * 30..<signal * 30 + 30]), Array(target.elements[signal * 30..<signal * 30 + 30])
      )
      let error = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      ratios.append(error / b.reduce(0) { $0 + $1 * $1 })
    }
    expectClose(
      [value({ $0.errorToSignalRatio(target) }, of: x)], [(ratios[0] + ratios[1]) / 2], tolerance: 1e-13)
  }

  @Test func aSilentTargetHasAFiniteRatio() {
    let ratio = value({ $0.errorToSignalRatio(Tensor([1, 20])) }, of: noise(1, [1, 20]))
    #expect(ratio.isFinite && ratio > 1e6)
  }

  @Test func theSpectralLossIsThatOfTheMetric() throws {
    let (x, target) = LossGoldenTests.signals()
    let (a, b) = (x.elements[0..<1500].map { Float($0) }, target.elements[0..<1500].map { Float($0) })
    let scores = try MultiResolutionSTFT.scores(
      reference: Waveform(b, sampleRate: 48_000), generated: Waveform(a, sampleRate: 48_000))
    let tape = Tape<Float>(recording: false)
    let loss = SpectralLoss.multiResolution.loss(tape.constant(Tensor([1, 1500, 1], a)), Tensor([1, 1500, 1], b))
    expectClose([loss.value.item], [try #require(scores.distance.value)], tolerance: 1e-6)
  }

  @Test func theSpectralLossOfACopyIsZeroWithNoGradient() throws {
    let target = noise(3, [2, 1100])
    let tape = Tape<Double>()
    let x = tape.leaf(target)
    let loss = SpectralLoss.multiResolution.loss(x, target)
    #expect(loss.value.item == 0)
    let gradient = try #require(tape.backward(from: loss)[x])
    #expect(gradient.elements.nonemptyAllSatisfy { $0 == 0 })
  }

  @Test func theSpectralLossDoesNotDependOnThreads() throws {
    let (x, target) = LossGoldenTests.signals()
    let results = try [1, 3].map { threads in
      let tape = Tape<Double>(workspace: Workspace(workers: Workers(threads: threads)))
      let leaf = tape.leaf(x)
      let loss = SpectralLoss.multiResolution.loss(leaf, target)
      let value = loss.value
      return (value, try #require(tape.backward(from: loss)[leaf]))
    }
    #expect(results[0].0 == results[1].0 && results[0].1 == results[1].1)
  }

  /// Small transforms, of even and odd length, whose windows are shorter than the transform or as long.
  private static let small = SpectralLoss(
    resolutions: [
      STFT(fftLength: 16, hopLength: 5, windowLength: 12, padding: .reflect),
      STFT(fftLength: 15, hopLength: 4, padding: .reflect),
      STFT(fftLength: 8, hopLength: 8, windowLength: 7, padding: .reflect),
    ], convergence: 0.7, logarithms: 1.3)

  @Test func gradientsAreThoseOfCentralDifferences() throws {
    let target = noise(5, [2, 33])
    let spectra: (Variable<Double>) -> Variable<Double> = { Self.small.loss($0, target) * 3 }
    try expectGradients(of: spectra, at: noise(4, [2, 33]))
    try expectGradients(
      of: { $0.preEmphasized(0.6).errorToSignalRatio(target.preEmphasized(0.6)) }, at: noise(4, [2, 33]))
    let third = Tensor<Double>([2, 33, 1], target.elements)
    try expectGradients(of: { Self.small.loss($0.preEmphasized(), third.preEmphasized()) }, at: noise(6, [2, 33, 1]))
    let both = CaptureLoss(
      squaredError: 0.5, emphasizedSquaredError: 2, errorToSignal: 0.3, spectral: 0, emphasizedSpectral: 0,
      preEmphasis: 0.9)
    try expectGradients(of: { both.loss($0, target) }, at: noise(7, [2, 33]))
  }

  private func expectGradients(
    of loss: (Variable<Double>) -> Variable<Double>, at x: Tensor<Double>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let tape = Tape<Double>()
    let leaf = tape.leaf(x)
    let gradient = try #require(tape.backward(from: loss(leaf))[leaf])
    let step = 1e-6
    let expected = x.elements.indices.map { index in
      let sides = [step, -step].map { change in
        var changed = x
        changed.changeElements { $0[index] += change }
        return value(loss, of: changed)
      }
      return (sides[0] - sides[1]) / (2 * step)
    }
    expectClose(
      gradient, Tensor(x.shape, expected), tolerance: 1e-6, floor: 1e-3, "gradient", sourceLocation: sourceLocation)
  }

  @Test func theLossOfACaptureIsTheWeightedSumOfItsTerms() {
    let (x, target) = LossGoldenTests.signals()
    func alone(_ loss: CaptureLoss) -> Double { value({ loss.loss($0, target) }, of: x) }
    let none = CaptureLoss(squaredError: 0, emphasizedSpectral: 0)
    var terms = (0..<5).map { _ in none }
    terms[0].squaredError = 1
    terms[1].emphasizedSquaredError = 1
    terms[2].errorToSignal = 1
    terms[3].spectral = 1
    terms[4].emphasizedSpectral = 1
    let all = CaptureLoss(
      squaredError: 2, emphasizedSquaredError: 3, errorToSignal: 5, spectral: 7, emphasizedSpectral: 11)
    let sum = zip([2.0, 3, 5, 7, 11], terms).reduce(0) { $0 + $1.0 * alone($1.1) }
    expectClose([alone(all)], [sum], tolerance: 1e-13)
    #expect(Set(terms.map(alone)).count == 5)
    #expect(CaptureLoss().shortest == 1026 && none.shortest == 1)
  }
}
