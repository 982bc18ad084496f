import KodamaSignal
import Testing

@testable import KodamaAudio

@Suite struct CropSamplerTests {
  private let frames = [10_000, 0, 999, 4_000, 4_001, 1, 25_000]

  @Test(arguments: [1, 100, 4_000, 100_000]) func anEpochHasItsShareOfEachRecording(length: Int) {
    let sampler = CropSampler(frames: frames, cropLength: length, seed: 1)
    let expected = frames.map { ($0 + length - 1) / length }
    #expect(sampler.cropsPerEpoch == expected.reduce(0, +))
    #expect(sampler.emptyRecordings == 1)
    for epoch in [0, 3] {
      var counts = [Int](repeating: 0, count: frames.count)
      for i in 0..<sampler.cropsPerEpoch { counts[sampler.crop(epoch * sampler.cropsPerEpoch + i).recording] += 1 }
      #expect(counts == expected)
    }
  }

  @Test func cropsLieInTheirRecordings() {
    let sampler = CropSampler(frames: frames, cropLength: 4_000, seed: 2)
    for number in 0..<5_000 {
      let crop = sampler.crop(number)
      #expect(crop.validCount == min(4_000, frames[crop.recording]))
      #expect(crop.start >= 0 && crop.start + crop.validCount <= frames[crop.recording])
    }
  }

  @Test func overTheEpochsEverySampleIsSeenAboutEquallyOften() {
    let sampler = CropSampler(frames: [950], cropLength: 100, seed: 3)
    var seen = [Int](repeating: 0, count: 950)
    let epochs = 400
    for number in 0..<sampler.cropsPerEpoch * epochs {
      let crop = sampler.crop(number)
      for t in crop.start..<crop.start + crop.validCount { seen[t] += 1 }
    }
    // Ten crops of 100 over 950 samples: 1.05 times an epoch on average.
    #expect(seen.min()! > epochs / 3)
    #expect(seen.max()! < epochs * 2)
  }

  @Test func theOrderIsAFunctionOfSeedAndNumberAlone() {
    let (a, b) = (
      CropSampler(frames: frames, cropLength: 500, seed: 4), CropSampler(frames: frames, cropLength: 500, seed: 4)
    )
    #expect((0..<500).map(a.crop) == (0..<500).reversed().map(b.crop).reversed())
    let other = CropSampler(frames: frames, cropLength: 500, seed: 5)
    #expect((0..<500).map(a.crop) != (0..<500).map(other.crop))
    let epoch = a.cropsPerEpoch
    #expect((0..<epoch).map(a.crop) != (epoch..<2 * epoch).map(a.crop))
  }

  @Test(arguments: [1, 2, 3, 64, 65, 1_000]) func anOrderHoldsEveryItemOnce(count: Int) {
    for number in 0..<3 {
      let order = IndexPermutation(count: count, seed: 6, stream: 1, number: number)
      #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
    }
  }

  @Test func anOrderPutsEveryItemEverywhere() {
    var counts = [Int](repeating: 0, count: 36)
    for number in 0..<6_000 {
      let order = IndexPermutation(count: 6, seed: 7, stream: 1, number: number)
      for place in 0..<6 { counts[6 * place + order[place]] += 1 }
    }
    // 1,000 expected, a standard deviation of 29.
    #expect(counts.allSatisfy { abs($0 - 1_000) < 150 })
  }
}
