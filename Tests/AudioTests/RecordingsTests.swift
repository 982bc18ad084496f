import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

@Suite struct RecordingsTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ channels: [[Float]], to name: String, sampleRate: Int) throws {
    try AudioWriter.write(
      Waveform(channels: channels, sampleRate: sampleRate), to: scratch(name),
      encoding: AudioEncoding(.wav, .float32), existing: .replace)
  }

  private func recordings(
    sampleRate: Int? = nil, trimming: SilenceTrimming? = nil, preemphasis: Double = 0, cacheBytes: Int = 256 << 20
  ) throws -> Recordings {
    let index = try CorpusIndex.scan(scratch.path)
    return try Recordings(
      index, sampleRate: sampleRate, trimming: trimming, preemphasis: preemphasis, cacheBytes: cacheBytes)
  }

  @Test func channelsAreAveraged() throws {
    let (left, right) = (Samples.noise(40_000, seed: 1), Samples.noise(40_000, seed: 2))
    try write([left, right], to: "s.wav", sampleRate: 16_000)
    let expected = zip(left, right).map { ($0 + $1) / 2 }
    let recordings = try recordings()
    #expect(try recordings.read(0, 0..<40_000) == expected)
    #expect(try recordings.read(0, 32_000..<33_000) == Array(expected[32_000..<33_000]))
  }

  @Test(arguments: [16_000, 22_050]) func anySliceIsPreEmphasizedFromItsRecordingsBeginning(rate: Int) throws {
    try write([Samples.noise(100_000).map { $0 / 2 }], to: "n.wav", sampleRate: rate)
    let (plain, filtered) = (try recordings(sampleRate: 16_000), try recordings(sampleRate: 16_000, preemphasis: 0.9))
    let frames = plain.frames(of: 0)
    #expect(filtered.frames(of: 0) == frames && filtered.preemphasis == 0.9)
    var filter = PreEmphasis(0.9)
    let expected = filter.apply(try plain.read(0, 0..<frames))
    let all = try filtered.read(0, 0..<frames)
    expectClose(all, expected, tolerance: 1e-4, floor: 1)
    for range in [0..<2, 32_760..<32_780, 40_000..<70_000] {
      #expect(try filtered.read(0, range) == Array(all[range]))
    }
  }

  @Test(arguments: [44_100, 48_000, 8_000, 22_050, 11_025, 44_056])
  func anySliceEqualsThatOfTheWholeFileConverted(rate: Int) throws {
    let noise = Samples.noise(rate * 7)
    try write([noise], to: "n.wav", sampleRate: rate)
    let whole = Resampler.convert(noise, from: rate, to: 16_000)
    let recordings = try recordings(sampleRate: 16_000)
    #expect(recordings.frames(of: 0) == whole.count)
    let slice = try recordings.read(0, 0..<whole.count)
    expectClose(slice, whole, tolerance: 1e-4, floor: 1)
    for range in [0..<1, 32_760..<32_780, 65_536..<65_536, 50_000..<100_000, whole.count - 5..<whole.count] {
      #expect(try recordings.read(0, range) == Array(slice[range]))
    }
  }

  @Test(arguments: [(48_000, 48_480), (96_000, 97_600), (44_056, 44_056)])
  func aLengthThatIsATieIsReadToTheEnd(rate: Int, count: Int) throws {
    let noise = Samples.noise(count)
    try write([noise], to: "n.wav", sampleRate: rate)
    let recordings = try recordings(sampleRate: 22_050)
    let whole = Resampler.convert(noise, from: rate, to: 22_050)
    let read = try recordings.read(0, 0..<recordings.frames(of: 0))
    #expect(read.count == whole.count)
    // The last sample of the whole may be the zero that makes up its length.
    expectClose(read.dropLast(), whole.dropLast(), tolerance: 1e-4, floor: 1)
  }

  @Test func whatIsReadDoesNotDependOnTheCache() throws {
    try write([Samples.noise(441_000)], to: "n.wav", sampleRate: 44_100)
    let (large, none) = (try recordings(), try recordings(cacheBytes: 0))
    for start in [100_000, 0, 32_700, 120_000] {
      #expect(try large.read(0, start..<start + 1_000) == none.read(0, start..<start + 1_000))
    }
    var streamed: [Float] = []
    try none.forEachBlock(of: 0) { streamed += $0 }
    #expect(try streamed == large.read(0, 0..<large.frames(of: 0)))
  }

  @Test func manyThreadsReadTheSame() throws {
    for i in 0..<4 { try write([Samples.noise(100_000, seed: UInt64(i))], to: "\(i).wav", sampleRate: 22_050) }
    let recordings = try recordings(sampleRate: 16_000, cacheBytes: 400_000)
    let expected = try (0..<64).map { try recordings.read($0 % 4, $0 * 900..<$0 * 900 + 500) }
    Workers(threads: 4).forEach(parts: 64) { i in
      #expect((try? recordings.read(i % 4, i * 900..<i * 900 + 500)) == expected[i])
    }
  }

  @Test func theCacheIsBounded() {
    let cache = PageCache(capacity: 1_000)
    for i in 0..<50 {
      let page = cache.page(PageCache.Key(recording: i % 7, page: i)) { [Float](repeating: Float(i), count: 30) }
      #expect(page[0] == Float(i))
      #expect(cache.bytes <= 1_000)
    }
    #expect(cache.bytes == 960)
    #expect(cache.page(PageCache.Key(recording: 49 % 7, page: 49)) { [] }.count == 30)
    #expect(cache.page(PageCache.Key(recording: 0, page: 0)) { [] }.isEmpty)
  }

  @Test func trimmingReportsExactlyWhatItRemoved() throws {
    let quiet = [Float](repeating: 0.0005, count: 16_000)
    try write([quiet + Samples.noise(8_000) + quiet + quiet], to: "a.wav", sampleRate: 16_000)
    try write([Samples.noise(4_000)], to: "b.wav", sampleRate: 16_000)
    let plain = try recordings()
    #expect(plain.trimmedSeconds == 0 && plain.totalFrames == 60_000)
    let trimmed = try recordings(trimming: SilenceTrimming(thresholdDecibels: -60, marginSeconds: 0.1))
    let item = trimmed.items[0]
    #expect(item.trimmedAtStart == 16_000 - 1_600 && item.trimmedAtEnd == 32_000 - 1_600)
    #expect(item.frames == 8_000 + 3_200)
    #expect(trimmed.items[1].trimmedSeconds == 0)
    #expect(trimmed.trimmedSeconds == 44_800.0 / 16_000)
    #expect(try trimmed.read(0, 0..<item.frames) == plain.read(0, item.used))
  }

  @Test func emptyAndSilentFilesAreSkippedAndCounted() throws {
    try write([[Float](repeating: 0, count: 500)], to: "silent.wav", sampleRate: 16_000)
    try write([[]], to: "empty.wav", sampleRate: 16_000)
    #expect { try self.recordings() } throws: { ($0 as? AudioFault)?.exitStatus == .badData }
    try write([Samples.noise(10)], to: "short.wav", sampleRate: 16_000)
    let recordings = try self.recordings()
    #expect(recordings.items.map(\.path) == ["short.wav"])
    #expect(
      recordings.skipped.map { "\($0.path): \($0.reason)" } == ["empty.wav: no samples", "silent.wav: all silent"])
  }

  @Test func aFileThatChangedIsNamed() throws {
    try write([Samples.noise(50_000)], to: "a.wav", sampleRate: 16_000)
    let recordings = try self.recordings()
    try write([Samples.noise(40_000)], to: "a.wav", sampleRate: 16_000)
    #expect(try recordings.read(0, 0..<100).count == 100)
    #expect { try recordings.read(0, 49_000..<50_000) } throws: { "\($0)".contains("index it again") }
    for rewrite in [{}, { try self.write([Samples.noise(50_000)], to: "a.wav", sampleRate: 8_000) }] {
      try rewrite()
      #expect { try recordings.read(0, 39_000..<41_000) } throws: {
        guard case AudioFault.changed(let path, _) = $0 else { return false }
        return path == scratch.path + "/a.wav"
      }
    }
    try FileManager.default.removeItem(atPath: scratch("a.wav"))
    #expect { try recordings.read(0, 39_000..<41_000) } throws: { ($0 as? FileFault)?.exitStatus == .noInput }
  }

  @Test func twoChannelsCompressedWithLossReadTheSameInSlices() throws {
    try scratch.write(try MP3Bytes.sine(seconds: 10), to: "a.mp3")
    let whole = try AudioFile.read(scratch("a.mp3")).mono
    let recordings = try recordings(sampleRate: 16_000)
    #expect(recordings.frames(of: 0) == whole.count)
    let read = try recordings.read(0, 0..<whole.count)
    expectClose(read, whole, tolerance: 1e-4, floor: 1)
  }

  @Test(.enabled(if: SharedCorpora.isPresent(SharedCorpora.music), "the music is not on this machine"))
  func musicReadsTheSameInSlices() throws {
    let index = try CorpusIndex.scan(SharedCorpora.music).filtered { $0.path.hasPrefix("solo") }
    let recordings = try Recordings(index)
    let file = try AudioFile.read(SharedCorpora.music + "/" + index.entries[0].path)
    let whole = Resampler.convert(file.mono, from: file.sampleRate, to: 16_000)
    let read = try recordings.read(0, 0..<whole.count)
    expectClose(read, whole, tolerance: 1e-4, floor: 1)
  }
}
