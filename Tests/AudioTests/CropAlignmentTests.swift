import KodamaSignal
import Testing

@testable import KodamaAudio

/// Crops beside features, and what comes with them.
@Suite struct CropAlignmentTests {
  private let frames = [10_000, 999, 4_000, 4_001, 25_000, 4_300]

  @Test func cropsBeginAtMultiplesOfTheAlignment() {
    let sampler = CropSampler(frames: frames, cropLength: 4_000, alignment: 256, seed: 2)
    for number in 0..<3_000 {
      let crop = sampler.crop(number)
      #expect(crop.start % 256 == 0)
      #expect(crop.validCount == min(4_000, frames[crop.recording] - crop.start) && crop.validCount > 0)
    }
  }

  @Test func theEndOfARecordingIsSeenToo() {
    let sampler = CropSampler(frames: [950], cropLength: 100, alignment: 64, seed: 3)
    var seen = [Int](repeating: 0, count: 950)
    let epochs = 400
    for number in 0..<sampler.cropsPerEpoch * epochs {
      let crop = sampler.crop(number)
      for t in crop.start..<crop.start + crop.validCount { seen[t] += 1 }
    }
    #expect(seen.min()! > epochs / 3)
    #expect(seen.max()! < epochs * 2)
  }

  private struct Places: CropFeatures {
    struct Failure: Error {}

    func values(for crop: Crop, length: Int) throws -> [Float] {
      if crop.start > 15_000 { throw Failure() }
      return [Float(crop.recording), Float(crop.start), Float(length)]
    }
  }

  @Test func cropsBringTheirFeatures() throws {
    let scratch = try Scratch()
    try AudioWriter.write(
      Waveform(Samples.noise(20_000, seed: 1), sampleRate: 16_000), to: scratch("a.wav"), existing: .refuse)
    let recordings = try Recordings(try CorpusIndex.scan(scratch.path), cacheBytes: 0)
    let sampler = CropSampler(frames: [20_000], cropLength: 1_000, seed: 1)
    let prefetch = CropPrefetch(recordings, sampler: sampler, features: Places(), ahead: 2)
    var failed = false
    for number in 0..<40 where !failed {
      let crop = sampler.crop(number)
      if crop.start > 15_000 {
        #expect(throws: Places.Failure.self) { try prefetch.next() }
        failed = true
      } else {
        #expect(try prefetch.next().features == [0, Float(crop.start), 1_000])
      }
    }
    #expect(failed)
    #expect(try recordings.read(sampler.crop(0), length: 1_000).features.isEmpty)
  }

  @Test func soundIsThereBesideItsPreemphasis() throws {
    let scratch = try Scratch()
    try AudioWriter.write(
      Waveform(Samples.noise(40_000, seed: 1), sampleRate: 16_000), to: scratch("a.wav"), existing: .refuse)
    let index = try CorpusIndex.scan(scratch.path)
    let (plain, filtered) = (try Recordings(index), try Recordings(index, preemphasis: 0.9))
    #expect(try filtered.read(0, 5..<39_000) != plain.read(0, 5..<39_000))
    #expect(try filtered.withoutPreemphasis.read(0, 5..<39_000) == plain.read(0, 5..<39_000))
    #expect(plain.withoutPreemphasis === plain)
  }
}
