import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

@Suite struct WhiteNoiseTests {
  private let sound = Waveform(
    channels: [
      Signal(kind: .mixture, count: 20_000, rate: 8000, seed: 1).samples.map { $0 * 0.3 },
      .init(repeating: 0, count: 20_000),
    ],
    sampleRate: 8000)

  private func level(_ samples: [Float]) -> Double {
    (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }

  @Test func isAsLongAndInEachChannelAsLoudAsTheSound() throws {
    let noise = try WhiteNoise(like: sound)
    let samples = noise.samples(in: 0..<noise.frames)
    #expect(samples.map(\.count) == [20_000, 20_000])
    #expect(noise.levels == [level(sound.channels[0]), 0])
    #expect(abs(level(samples[0]) / level(sound.channels[0]) - 1) < 0.03)
    #expect(samples[1].nonemptyAllSatisfy { $0 == 0 })
  }

  @Test func isFlat() throws {
    var spectrum = AverageSpectrum(sampleRate: 8000)
    try spectrum.add(WhiteNoise(like: Waveform(sound.channels[0], sampleRate: 8000)))
    let bands = stride(from: 1, to: 1001, by: 100).map { start in
      spectrum.power[start..<start + 100].reduce(0, +)
    }
    #expect(bands.max()! / bands.min()! < 1.5)
  }

  @Test func isTheSameFromAnyPlace() throws {
    let noise = try WhiteNoise(like: sound)
    let whole = noise.samples(in: 0..<1000)
    #expect(noise.samples(in: 333..<777) == whole.map { Array($0[333..<777]) })
  }

  @Test func isScoredInThePlaceOfTheGeneratedSounds() throws {
    let one = Waveform(sound.channels[0], sampleRate: 8000)
    let opened = Locked(0)
    let reference = Sound(name: "a.wav") {
      opened.withLock { $0 += 1 }
      return one
    }
    let result = try Evaluation(metrics: [AverageSpectrumDistance.metric]).compare(
      reference: [reference], generated: [Sound(name: "b.wav", one)], againstNoise: true)
    let expected = try Evaluation(metrics: [AverageSpectrumDistance.metric]).compare(
      reference: [Sound(name: "a.wav", one)],
      generated: [Sound(name: "n", Waveform(WhiteNoise(like: one).samples(in: 0..<20_000)[0], sampleRate: 8000))])
    #expect(result.noise?.scores["ltas"] != nil)
    #expect(result.noise == expected.sets)
    #expect(result.sets?.scores == ["ltas": 0])
    // To see what all sounds must be like, and to read it once.
    #expect(opened.withLock { $0 } == 2)
  }

  @Test func noiseWithoutAMetricOfSetsIsRefusedBeforeAnySoundIsOpened() {
    let unopened = Sound(name: "a.wav") { throw SpectraFault.emptySet(side: "opened") }
    #expect(throws: SpectraFault.needsSets(metrics: ["lsd"])) {
      try Evaluation(metrics: [LogSpectralDistance.metric]).compare(
        reference: [unopened], generated: [unopened], againstNoise: true)
    }
  }
}
