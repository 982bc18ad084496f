import Foundation
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

@Suite struct CropPrefetchTests {
  let scratch: Scratch
  let recordings: Recordings

  init() throws {
    scratch = try Scratch()
    for (name, count) in [("a.wav", 20_000), ("b.wav", 300), ("c.wav", 5_000)] {
      let noise = Waveform(Samples.noise(count, seed: UInt64(count)), sampleRate: 16_000)
      try AudioWriter.write(noise, to: scratch(name), existing: .refuse)
    }
    recordings = try Recordings(try CorpusIndex.scan(scratch.path), cacheBytes: 0)
  }

  private var sampler: CropSampler { CropSampler(frames: recordings.items.map(\.frames), cropLength: 1_000, seed: 1) }

  @Test(arguments: [1, 7]) func readingAheadEqualsReadingDirectly(ahead: Int) throws {
    let sampler = sampler
    let prefetch = CropPrefetch(recordings, sampler: sampler, first: 11, ahead: ahead)
    for number in 11..<120 { #expect(try prefetch.next() == recordings.read(sampler.crop(number), length: 1_000)) }
  }

  @Test func aCropCarriesWhatCameBeforeAndPadsWhatLacks() throws {
    let whole = try recordings.read(0, 0..<20_000)
    let inside = try recordings.read(Crop(recording: 0, start: 700, validCount: 1_000), length: 1_000)
    #expect(inside.previous == whole[699])
    #expect(inside.samples == Array(whole[700..<1_700]))
    let short = try recordings.read(Crop(recording: 1, start: 0, validCount: 300), length: 1_000)
    #expect(short.previous == nil)
    #expect(short.samples.count == 1_000 && short.samples[300...].allSatisfy { $0 == 0 })
    #expect(try Array(short.samples[..<300]) == recordings.read(1, 0..<300))
  }

  @Test func anErrorComesOutInItsTurnAndStays() throws {
    let prefetch = CropPrefetch(recordings, sampler: sampler, ahead: 2)
    _ = try prefetch.next()
    for name in scratch.names { try FileManager.default.removeItem(atPath: scratch(name)) }
    #expect(throws: (any Error).self) { for _ in 0..<10 { _ = try prefetch.next() } }
    #expect(throws: (any Error).self) { _ = try prefetch.next() }
  }

  @Test func droppedItStops() throws {
    var prefetch: CropPrefetch? = CropPrefetch(recordings, sampler: sampler, ahead: 3)
    _ = try prefetch?.next()
    let hasEnded = try #require(prefetch?.endObserver)
    #expect(!hasEnded())
    prefetch = nil
    try waitUntil("reading ahead ends", within: 10) { hasEnded() }
  }
}
