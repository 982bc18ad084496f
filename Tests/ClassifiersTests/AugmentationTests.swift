import Foundation
import KodamaCore
import Testing

@testable import KodamaClassifierTraining

/// Random changes of examples.
@Suite struct AugmentationTests {
  private func random(_ stream: UInt64) -> Philox { Philox(seed: 7, stream: stream) }

  @Test func withoutChangesEverythingStays() {
    let none = Augmentation.none
    for stream in 0..<50 as Range<UInt64> {
      var random = random(stream)
      #expect(none.offset(room: 11, random: &random) == 5)
      var samples: [Float] = [0.5, -0.25, 1]
      none.apply(to: &samples, random: &random)
      #expect(samples == [0.5, -0.25, 1])
      var map: [Float] = [1, 2, 3, 4, 5, 6]
      map.withUnsafeMutableBufferPointer { none.mask($0, bands: 3, random: &random) }
      #expect(map == [1, 2, 3, 4, 5, 6])
      #expect(none.share(random: &random) == 1)
    }
  }

  @Test func offsetsCoverTheRoom() {
    let all = Set(
      (0..<400 as Range<UInt64>).map { stream in
        var random = random(stream)
        return Augmentation().offset(room: 3, random: &random)
      })
    #expect(all == [0, 1, 2, 3])
  }

  @Test func loudnessAndNoiseStayInTheirRanges() throws {
    var augmentation = Augmentation.none
    augmentation.gainDecibels = 6
    let tone = (0..<4000).map { Float($0 % 2 == 0 ? 0.5 : -0.5) }
    var gains: [Double] = []
    for stream in 0..<200 as Range<UInt64> {
      var (random, samples) = (random(stream), tone)
      augmentation.apply(to: &samples, random: &random)
      gains.append(20 * log10(Double(samples[0] / tone[0])))
    }
    let (least, most) = (try #require(gains.min()), try #require(gains.max()))
    #expect(least >= -6.001 && least < -5 && most <= 6.001 && most > 5)

    augmentation = .none
    (augmentation.noiseShare, augmentation.noiseDecibels) = (1, 20)
    for stream in 0..<20 as Range<UInt64> {
      var (random, samples) = (random(stream), tone)
      augmentation.apply(to: &samples, random: &random)
      let noise = zip(samples, tone).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) } / 4000
      let ratio = 10 * log10(0.25 / noise)
      #expect(ratio > 19 && ratio < 61, "a ratio of \(ratio) dB")
    }
  }

  @Test func masksAreRunsOfFramesAndBands() {
    var augmentation = Augmentation.none
    (augmentation.timeMask, augmentation.frequencyMask) = (0.3, 0.5)
    let (frames, bands) = (20, 8)
    let before = (0..<frames * bands).map { Float($0) }
    var (longest, widest) = (0, 0)
    for stream in 0..<300 as Range<UInt64> {
      var (random, map) = (random(stream), before)
      map.withUnsafeMutableBufferPointer { augmentation.mask($0, bands: bands, random: &random) }
      // The mean of the map is 79.5, which no element is.
      let masked = map.map { $0 == 79.5 }
      #expect(zip(map, before).allSatisfy { $0 == 79.5 || $0 == $1 })
      let whole = (0..<frames).filter { frame in (0..<bands).allSatisfy { masked[frame * bands + $0] } }
      let columns = (0..<bands).filter { band in (0..<frames).allSatisfy { masked[$0 * bands + band] } }
      for run in [whole, columns] { #expect(run.isEmpty || run.last! - run[0] == run.count - 1) }
      #expect(masked.count { $0 } == frames * columns.count + whole.count * (bands - columns.count))
      (longest, widest) = (max(longest, whole.count), max(widest, columns.count))
    }
    #expect(longest == 6 && widest == 4)
  }

  @Test func sharesOfMixturesFollowTheBetaDistribution() {
    var augmentation = Augmentation.none
    for alpha in [0.2, 1.0, 4.0] {
      augmentation.mixing = alpha
      var random = random(1)
      let shares = (0..<20_000).map { _ in augmentation.share(random: &random) }
      #expect(shares.allSatisfy { $0 >= 0.5 && $0 <= 1 })
      // Of λ beta(α, α) the variance is 1 / (4 (2α + 1)), also of its larger part around one half.
      let variance = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(shares.count)
      #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.004, "a variance of \(variance) for \(alpha)")
    }
  }
}
