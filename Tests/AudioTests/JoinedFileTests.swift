import CSndfile
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

/// Files of several streams, and MP3 files that no tag gives the length of: read to their end, everywhere alike.
@Suite struct JoinedFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let vorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS
  private static let opus = SF_FORMAT_OGG | SF_FORMAT_OPUS

  /// A quiet tone, then loud noise: the first frames of a variable bit rate are far smaller than most.
  private static func sound(_ frames: Int, seed: UInt64 = 1) -> [Float] {
    Samples.sine(frames / 2, hertz: 440, sampleRate: 16_000, amplitude: 0.01)
      + Samples.noise(frames - frames / 2, seed: seed)
  }

  private func read(_ bytes: [UInt8], _ name: String) throws -> (samples: [Float], warnings: [AudioWarning]) {
    var warnings: [AudioWarning] = []
    let wave = try AudioFile.read(try scratch.write(bytes, to: name)) { warnings.append($0) }
    return (wave.channels[0], warnings)
  }

  private func expectEqual(_ samples: [Float], _ expected: [Float]) {
    #expect(samples.count == expected.count)
    #expect(samples.map(\.bitPattern) == expected.map(\.bitPattern))
  }

  /// Samples that the decoder leaves out at the beginning of a file with LAME's tag: 576 of the encoder, 529 of its own.
  private static let delay = 1_105

  @Test(arguments: [true, false]) func anMP3WithoutALengthTagIsReadToItsEnd(isVariable: Bool) throws {
    let tagged = try CompressedBytes.encode(Self.sound(80_000), format: MP3Bytes.format, isVariable: isVariable)
    let untagged = MP3Bytes.withoutTag(tagged)
    let (samples, warnings) = try read(untagged, "untagged.mp3")
    #expect(warnings.isEmpty)
    #expect(samples.count == 576 * MP3Bytes.frames(untagged).count)
    let whole = try read(tagged, "tagged.mp3")
    #expect(whole.samples.count == 80_000 && whole.warnings.isEmpty)
    expectEqual(Array(samples[Self.delay..<Self.delay + 80_000]), whole.samples)
    #expect(try AudioFile(scratch("untagged.mp3")).claimedFrames == samples.count)
  }

  @Test func tagsOfTextAreNoSound() throws {
    let untagged = MP3Bytes.withoutTag(try MP3Bytes.sine(seconds: 2))
    let plain = try read(untagged, "plain.mp3").samples
    // An ID3 tag holds a frame's header, as a picture might.
    let text =
      Array("ID3".utf8) + [4, 0, 0, 0, 0, 7, 0x68] + [0xFF, 0xF3, 0x48, 0xC4] + [UInt8](repeating: 1, count: 996)
    let ape =
      Array("APETAGEX".utf8) + WaveBytes.integer(2_000, 4) + WaveBytes.integer(132, 4) + WaveBytes.integer(1, 4)
      + WaveBytes.integer(0xA000_0000, 4) + [UInt8](repeating: 0, count: 8) + [UInt8](repeating: 2, count: 132)
    let end = Array("TAG".utf8) + [UInt8](repeating: 32, count: 125)
    let (samples, warnings) = try read(text + untagged + ape + end, "text.mp3")
    #expect(warnings.isEmpty)
    expectEqual(samples, plain)
    let (twice, more) = try read(text + untagged + ape + end + text + untagged + end, "twice.mp3")
    #expect(more.isEmpty)
    expectEqual(twice, plain + plain)
  }

  @Test func joinedMP3FilesAreReadOneAfterAnother() throws {
    let first = try MP3Bytes.sine(seconds: 2)
    let second = try CompressedBytes.encode(Self.sound(50_000), format: MP3Bytes.format, isVariable: true)
    let untagged = MP3Bytes.withoutTag(second)
    let alone = try [first, second, untagged].map { try read($0, "alone.mp3").samples }
    let (samples, warnings) = try read(first + second + first + untagged, "joined.mp3")
    #expect(warnings.isEmpty)
    expectEqual(samples, alone[0] + alone[1] + alone[0] + alone[2])
  }

  @Test func aCutStreamAmongJoinedOnesIsReportedAndTheOthersAreWhole() throws {
    let whole = try MP3Bytes.sine(seconds: 2)
    let half = Array(whole.prefix(whole.count / 2 + 100))
    let (alone, before) = try read(half, "half.mp3")
    let (samples, warnings) = try read(half + whole, "joined.mp3")
    #expect(before.count == 1 && before[0].isTruncation && warnings.contains(before[0]))
    expectEqual(samples, alone + (try read(whole, "whole.mp3").samples))
    #expect { try AudioFile.read(scratch("joined.mp3"), strict: true) } throws: {
      if case AudioFault.strict = $0 { true } else { false }
    }
  }

  @Test func anMP3WithoutATagThatEndsWithinAFrameIsCut() throws {
    let untagged = MP3Bytes.withoutTag(try MP3Bytes.sine(seconds: 2))
    let frames = MP3Bytes.frames(untagged)
    let (samples, warnings) = try read(Array(untagged.dropLast(10)), "cut.mp3")
    #expect(warnings == [.truncatedStream(claimedBytes: frames.last!.upperBound, presentBytes: untagged.count - 10)])
    #expect(samples.count == 576 * (frames.count - 1))
  }

  @Test(arguments: [vorbis, opus]) func chainedOggIsReadOneAfterAnother(format: Int) throws {
    let links = try [40_000, 25_000, 30_000].map {
      try CompressedBytes.encode(Self.sound($0), format: format)
    }
    let alone = try links.map { try read($0, "alone.ogg") }
    #expect(alone.allSatisfy { $0.warnings.isEmpty })
    let (samples, warnings) = try read(links.flatMap { $0 }, "chain.ogg")
    #expect(warnings.isEmpty)
    expectEqual(samples, alone.flatMap(\.samples))
    // The same link twice has the same serial number.
    let (twice, more) = try read(links[0] + links[0], "twice.ogg")
    #expect(more.isEmpty)
    expectEqual(twice, alone[0].samples + alone[0].samples)
  }

  @Test func streamsOfAnotherFormatAreReportedAndRefusedWhereStrict() throws {
    let mono = try CompressedBytes.encode(Self.sound(30_000), format: Self.vorbis)
    let stereo = try CompressedBytes.encode(Self.sound(30_000), format: Self.vorbis, channels: 2)
    let fast = try CompressedBytes.encode(Self.sound(30_000), format: Self.vorbis, sampleRate: 22_050)
    let (samples, warnings) = try read(mono + stereo + mono + fast, "mixed.ogg")
    let alone = try read(mono, "mono.ogg").samples
    expectEqual(samples, alone + alone)
    #expect(warnings.count == 1)
    #expect(
      warnings.first?.description.hasPrefix("2 of its 4 joined streams not used: 16000 Hz and 2 channels") == true)
    #expect { try AudioFile.read(scratch("mixed.ogg"), strict: true) } throws: { "\($0)".contains("convert") }
  }

  @Test func anOggFileThatIsCutIsReported() throws {
    let whole = try CompressedBytes.encode(Self.sound(60_000), format: Self.vorbis)
    let (samples, warnings) = try read(Array(whole.prefix(whole.count * 9 / 10)), "cut.ogg")
    #expect((5_000..<59_000).contains(samples.count))
    #expect(warnings.count == 1 && warnings[0].isTruncation)
  }

  @Test func joinedWAVFilesAreReadOneAfterAnother() throws {
    let list = Array("LIST".utf8) + WaveBytes.integer(4, 4) + Array("INFO".utf8)
    let first = WaveBytes(chunkBeforeData: list).bytes + list
    let (samples, warnings) = try read(first + WaveBytes().bytes, "joined.wav")
    #expect(warnings.isEmpty)
    let ramp = (0..<1_000).map { Float($0) / 32_768 }
    expectEqual(samples, ramp + ramp)
  }

  @Test func whatWasJoinedToAFLACFileIsReported() throws {
    let bytes = try CompressedBytes.encode(Samples.noise(30_000), format: SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
    #expect(try read(bytes, "alone.flac").warnings.isEmpty)
    let (samples, warnings) = try read(bytes + bytes, "joined.flac")
    #expect(samples.count == 30_000)
    guard warnings.count == 1, case .bytesAfterAudio(let unread) = warnings[0] else {
      Issue.record("the warnings are \(warnings)")
      return
    }
    #expect((bytes.count - 16_384...bytes.count).contains(unread))
  }

  /// Files of three streams, and how far what is read after a jump may be from what is read through.
  private func joined() throws -> [(name: String, bytes: [UInt8], tolerance: Float)] {
    let mp3 = try CompressedBytes.encode(Self.sound(50_000), format: MP3Bytes.format, isVariable: true)
    let ogg = try CompressedBytes.encode(Self.sound(50_000), format: Self.vorbis)
    return [
      ("a.mp3", mp3 + MP3Bytes.withoutTag(mp3) + mp3, 1e-4), ("a.ogg", ogg + ogg + ogg, 1e-6),
      ("a.wav", WaveBytes().bytes + WaveBytes().bytes + WaveBytes().bytes, 0),
    ]
  }

  @Test func jumpsAndBlocksGiveTheSameSamples() throws {
    for (name, bytes, tolerance) in try joined() {
      let whole = try read(bytes, name).samples
      let file = try AudioFile(scratch(name))
      #expect(file.claimedFrames == whole.count, "\(name)")
      var blocks: [Float] = []
      while true {
        let block = try file.read(frames: 777)
        if block.isEmpty { break }
        blocks += block
      }
      expectEqual(blocks, whole)
      let third = whole.count / 3
      for start in [2 * third + 100, third - 300, 0, whole.count - 10, third, third + 40, 2 * third - 1] {
        try file.seek(to: start)
        let block = try file.read(frames: 600)
        let expected = whole[start..<min(whole.count, start + 600)]
        #expect(block.count == expected.count)
        #expect(zip(block, expected).allSatisfy { abs($0 - $1) <= tolerance }, "\(name) at \(start)")
      }
      #expect(throws: AudioFault.self) { try file.seek(to: whole.count + 1) }
    }
  }

  /// libsndfile finds a wrong place on the last page of Ogg Vorbis; of a short file it is the only one.
  @Test(arguments: [3_000, 60_000]) func theLastPageOfOggVorbisIsFound(frames: Int) throws {
    let whole = try read(CompressedBytes.encode(Self.sound(frames), format: Self.vorbis), "a.ogg").samples
    #expect(whole.count == frames)
    let file = try AudioFile(scratch("a.ogg"))
    for start in [frames - 1, frames - 500, frames - 2_000, 0, frames - 2_900] {
      try file.seek(to: start)
      expectEqual(try file.read(frames: 3_000), Array(whole[start...].prefix(3_000)))
    }
  }

  @Test func aCorpusReadsTheSameInPages() throws {
    for (name, bytes, _) in try joined() { try scratch.write(bytes, to: "corpus/" + name) }
    let index = try CorpusIndex.scan(scratch("corpus"))
    let recordings = try Recordings(index)
    for (i, entry) in index.entries.enumerated() {
      let whole = try AudioFile.read(scratch("corpus/" + entry.path)).mono
      #expect(entry.frames == whole.count && entry.warnings.isEmpty)
      let read = try recordings.read(i, 0..<whole.count)
      #expect(read.count == whole.count)
      #expect(zip(read, whole).allSatisfy { abs($0 - $1) <= 1e-4 }, "\(entry.path)")
    }
  }

  @Test func tooManyStreamsAreRefused() throws {
    let empty = WaveBytes(data: []).bytes
    let bytes = (0...AudioParts.limit).flatMap { _ in empty }
    #expect { try read(bytes, "many.wav") } throws: { "\($0)".contains("more than 4096") }
  }

  @Test func damagedStreamsNeverTrap() throws {
    let mp3 = try MP3Bytes.sine(seconds: 1)
    let ogg = try CompressedBytes.encode(Self.sound(8_000), format: Self.vorbis)
    let opus = try CompressedBytes.encode(Self.sound(8_000), format: Self.opus)
    var generator = Philox(seed: 5)
    for good in [mp3 + mp3, MP3Bytes.withoutTag(mp3), ogg + ogg, opus + opus, WaveBytes().bytes + WaveBytes().bytes] {
      for round in 0..<60 {
        var bytes = good
        for _ in 0...(round % 8) { bytes[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256)) }
        if round % 3 == 0 { bytes.removeFirst(generator.integer(below: 300)) }
        if round % 5 == 0 { bytes.removeLast(generator.integer(below: bytes.count)) }
        do {
          let file = try AudioFile(bytes: bytes, as: "damaged")
          try file.forEachBlock { _ in }
        } catch let fault as AudioFault {
          #expect(fault.exitStatus == .badData)
        }
      }
    }
  }
}
