import KodamaAudio
import Testing

@testable import KodamaAmplifierTraining

@Suite struct BlipsTests {
  private let rate = 48_000

  /// A recording with clicks of some samples at places, and noise as of music from 4 s on.
  private func recording(_ clicks: [Int], width: Int = 1, height: [Float] = [0.8, 0.8], music: Int = 192_000) -> [Float]
  {
    var samples = [Float](repeating: 0, count: 240_000)
    for (click, height) in zip(clicks, height) { for index in click..<click + width { samples[index] = height } }
    samples.replaceSubrange(music..., with: ExamplePair.noise(240_000 - music, level: 0.1))
    return samples
  }

  /// The places of the clicks in the first three versions of Neural Amp Modeler's signal: v3 has them after ten seconds.
  @Test(arguments: [([12_000, 36_000], 40), ([24_000, 72_000], 1), ([24_000, 72_000], 100)])
  func clicksAreFoundByTheirShape(clicks: [Int], width: Int) throws {
    let blips = try #require(Blips(in: recording(clicks, width: width), sampleRate: rate))
    #expect(blips.starts == clicks)
    #expect(blips.silence.before == clicks[0] && blips.silence.after > 20_000)
  }

  @Test func clicksAfterMusicAreFound() throws {
    let music = ExamplePair.noise(432_000, level: 0.1)
    let silence = [Float](repeating: 0, count: 48_000)
    let samples = music + silence + recording([24_000, 72_000])
    let blips = try #require(Blips(in: samples, sampleRate: rate))
    #expect(blips.starts == [504_000, 552_000])
  }

  @Test func otherSoundsAreNoClicks() {
    #expect(Blips(in: recording([24_000, 72_000], width: 400), sampleRate: rate) == nil)
    #expect(Blips(in: recording([24_000, 72_000], height: [0.8, 0.7]), sampleRate: rate) == nil)
    #expect(Blips(in: recording([24_000, 30_000]), sampleRate: rate) == nil)
    #expect(Blips(in: recording([24_000, 100_000]), sampleRate: rate) == nil)
    #expect(Blips(in: recording([24_000, 72_000], music: 73_000), sampleRate: rate) == nil)
    #expect(Blips(in: [Float](repeating: 0, count: 1_000), sampleRate: rate) == nil)
    #expect(Blips(in: ExamplePair.noise(100_000, level: 0.1), sampleRate: rate) == nil)
  }

  @Test(arguments: [0, 240, 9_000, -300]) func theLatencyIsThatOfTheFirstAnswer(latency: Int) throws {
    let dry = recording([24_000, 72_000])
    let blips = try #require(Blips(in: dry, sampleRate: rate))
    let wet = ExamplePair.sum(
      ExamplePair.delayed(dry, by: latency, gain: -0.1), ExamplePair.noise(dry.count, level: 1e-4))
    #expect(blips.latency(of: wet, sampleRate: rate) == latency)
    #expect(blips.latency(of: ExamplePair.noise(dry.count, level: 1e-5), sampleRate: rate) == nil)
    #expect(blips.latency(of: Array(wet.prefix(70_000)), sampleRate: rate) == nil)
  }
}
