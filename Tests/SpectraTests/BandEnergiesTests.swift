import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaSpectra

@Suite struct BandEnergiesTests {
  @Test func theSetsOfTheGoldenFileHaveTheirDistance() throws {
    let golden = LevelsGolden.all.sets
    var sides = [BandEnergies(sampleRate: 16_000), BandEnergies(sampleRate: 16_000)]
    for (side, channels) in [golden.reference, golden.generated].enumerated() {
      for channel in channels { try sides[side].add(channel.waveform()) }
    }
    expectClose([sides[0].distance(to: sides[1]).value ?? .nan], [golden.distance], tolerance: 1e-5, "two sets")
  }

  @Test func distancesOfFewNumbersAreThoseOfTheDefinition() {
    #expect(Wasserstein.distance([0, 1, 3], [5, 6, 8]) == 5)
    #expect(Wasserstein.distance([1], [1]) == 0)
    #expect(Wasserstein.distance([0, 0, 0, 4], [0]) == 1)
    #expect(Wasserstein.distance([2, 0], [1, 1, 1]) == 1)
  }

  @Test func aHistogramGivesTheDistanceOfItsValues() {
    var random = Philox(seed: 5)
    let draw = { (count: Int, mean: Double, deviation: Double) in
      (0..<2 * count).map { _ in Float(mean + deviation * random.normal()) }
    }
    for (first, second) in [
      (draw(40_000, -20, 9), draw(30_000, -21, 12)), (draw(20_000, 10, 3), draw(25_000, 10, 3.5)),
      (draw(20_000, -20, 9), draw(17, 0, 30)), (draw(20_000, 120, 5), draw(20_000, 180, 5)),
    ] {
      var (a, b) = (LevelHistogram(bands: 2), LevelHistogram(bands: 2))
      a.add(first)
      b.add(Array(second.prefix(10)))
      var rest = LevelHistogram(bands: 2)
      rest.add(Array(second.dropFirst(10)))
      b.add(rest)
      for band in 0..<2 {
        let column = { (values: [Float]) in stride(from: band, to: values.count, by: 2).map { values[$0] } }
        let exact = Wasserstein.distance(column(first), column(second))
        let distance = a.distance(to: b, band: band)
        #expect(abs(distance - exact) <= max(1e-5 * exact, 5e-4), "\(distance) for \(exact), \(second.count) values")
      }
    }
  }

  @Test func setsBeyondTheLimitAreComparedByHistogram() throws {
    let rate = 8000
    let noise = Signal(kind: .noise, count: 512 * 600, rate: rate).samples
    var sides: [BandEnergies] = []
    for sound in [Waveform(noise, sampleRate: rate), Waveform(noise.map { $0 / 2 }, sampleRate: rate)] {
      var energies = BandEnergies(sampleRate: rate)
      try energies.add(sound)
      var many = energies
      while many.frames <= BandEnergies.exactFrames { many.add(energies) }
      #expect(abs(many.distance(to: energies).value ?? .nan) < 5e-4)
      sides.append(many)
    }
    expectClose([sides[0].distance(to: sides[1]).value ?? .nan], [20 * log10(2.0)], tolerance: 1e-5, "half the height")
  }

  @Test func theNumberOfThreadsChangesNothing() throws {
    let sound = Waveform(Signal(kind: .mixture, count: 90_000).samples, sampleRate: 16_000)
    let (one, three) = (
      try BandEnergyDistance.summary(of: sound, workers: .serial),
      try BandEnergyDistance.summary(of: sound, workers: Workers(threads: 3))
    )
    #expect(one == three)
  }

  @Test func aFaultLeavesTheDistributionAsItWas() throws {
    var energies = BandEnergies(sampleRate: 8000)
    try energies.add(Waveform(Signal(kind: .noise, count: 3000).samples, sampleRate: 8000))
    let before = energies
    var samples = [Float](repeating: 0, count: Blocks.frames + 9000)
    samples[samples.count - 1] = .nan
    let broken = Waveform(samples, sampleRate: 8000)
    #expect(throws: SpectraFault.self) { try energies.add(broken) }
    #expect(energies == before)
    #expect(BandEnergies(sampleRate: 8000).distance(to: before) == .noSamples)
  }
}
