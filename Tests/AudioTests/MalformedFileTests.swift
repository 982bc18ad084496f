import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

/// The faults of single files, 1 to 19 of the fault matrix: a message and a status, never a crash.
@Suite struct MalformedFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Reads bytes as a file and returns the fault.
  private func fault(_ bytes: [UInt8], strict: Bool = false) throws -> AudioFault? {
    let path = try scratch.write(bytes, to: "bad.wav")
    do {
      _ = try AudioFile.read(path, strict: strict)
      return nil
    } catch let fault as AudioFault {
      #expect(fault.exitStatus == .badData)
      #expect(fault.description.contains(path))
      return fault
    }
  }

  private func field(_ bytes: [UInt8]) throws -> String? {
    if case .malformed(_, let field, _) = try fault(bytes) { return field }
    return nil
  }

  /// Reads bytes as a file and returns the sound and what was odd.
  private func read(_ bytes: [UInt8], name: String = "odd.wav") throws -> (Waveform, [AudioWarning]) {
    var warnings: [AudioWarning] = []
    let wave = try AudioFile.read(try scratch.write(bytes, to: name)) { warnings.append($0) }
    return (wave, warnings)
  }

  @Test func anEmptyFileIsRefused() throws {
    #expect(try fault([]) == .empty(path: scratch.path + "/bad.wav"))
  }

  @Test func aHeaderAloneIsRefused() throws {
    #expect(try field(WaveBytes.riff([])) == "fmt chunk")
    #expect(try field(Array("RIFF".utf8)) == "header")
  }

  @Test(arguments: 4..<44) func aHeaderCutShortIsRefused(length: Int) throws {
    #expect(try fault(Array(WaveBytes().bytes.prefix(length))) != nil)
  }

  @Test func dataCutShortAreUsedWithAWarning() throws {
    let bytes = Array(WaveBytes().bytes.dropLast(500))
    let (wave, warnings) = try read(bytes)
    #expect(wave.frames == 750)
    #expect(wave.channels[0][749] * 32_768 == 749)
    #expect(warnings == [.truncated(claimedFrames: 1_000, presentFrames: 750)])
    #expect(
      try fault(bytes, strict: true)
        == .strict(
          path: scratch.path + "/bad.wav", warning: .truncated(claimedFrames: 1_000, presentFrames: 750)))
  }

  @Test func aMissingDataChunkIsRefused() throws {
    #expect(try field(WaveBytes.riff(WaveBytes().formatChunk)) == "data chunk")
  }

  @Test(arguments: [2_000_000_000, 0xFFFF_FFFE, 0x8000_0000, 0x7FFF_FFFF])
  func aHugeClaimIsReadToTheEnd(claim: Int) throws {
    let (wave, warnings) = try read(WaveBytes(claimedDataBytes: claim, data: WaveBytes.ramp(16_000)).bytes)
    #expect(wave.frames == 16_000)
    #expect(warnings == [.truncated(claimedFrames: claim / 2, presentFrames: 16_000)])
  }

  @Test(.enabled(if: !isSanitized, "a sanitizer has memory of its own"))
  func aHugeClaimTakesNoMemory() async {
    // A process of its own: the peak of this one belongs to all tests.
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let bytes = WaveBytes(claimedDataBytes: 2_000_000_000, data: WaveBytes.ramp(16_000)).bytes
      let path = try scratch.write(bytes, to: "huge.wav")
      let before = Memory.peakKilobytes
      try #require(try AudioFile.read(path).frames == 16_000)
      try #require(Memory.peakKilobytes - before < 8_000)
    }
  }

  @Test func impossibleFieldsAreNamed() throws {
    #expect(try field(WaveBytes(channels: 0).bytes) == "channels")
    #expect(try field(WaveBytes(channels: 65_535).bytes) == "channels")
    #expect(try field(WaveBytes(sampleRate: 0).bytes) == "sample rate")
    #expect(try field(WaveBytes(sampleRate: 4_000_000_000).bytes) == "sample rate")
    #expect(try field(WaveBytes(bits: 17).bytes) == "bits per sample")
    #expect(try field(WaveBytes(bytesPerFrame: 3).bytes) == "bytes per frame")
    #expect(try field(WaveBytes(bytesPerFrame: 0).bytes) == "bytes per frame")
    #expect(try field(WaveBytes(bits: 12, bytesPerFrame: 1).bytes) == "bytes per frame")
    #expect(try field(WaveBytes(channels: 2, bits: 24, bytesPerFrame: 7).bytes) == "bytes per frame")
    #expect(try field(WaveBytes(bits: 24, bytesPerFrame: 5).bytes) == "bytes per frame")
  }

  @Test func aChunkLongerThanTheFileIsNamed() throws {
    let chunk = Array("LIST".utf8) + WaveBytes.integer(0xFFFF_FFF0, 4)
    #expect(try field(WaveBytes(chunkBeforeData: chunk).bytes) == "chunk LIST")
  }

  @Test func aFileOfZerosAfterAHeaderIsRefusedSoon() throws {
    let started = ContinuousClock.now
    #expect(try field(WaveBytes.riff([UInt8](repeating: 0, count: 8_000_000))) == "fmt chunk")
    #expect(ContinuousClock.now - started < .seconds(5))
  }

  @Test func dataBeforeTheFormatAreRefused() throws {
    let wave = WaveBytes()
    #expect(try field(WaveBytes.riff(wave.dataChunk + wave.formatChunk)) == "data chunk")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func numbersThatAreNotFiniteAreNamed(value: Float) throws {
    var samples = [Float](repeating: 0.25, count: 200_000)
    samples[150_001] = value
    let bytes = WaveBytes(format: 3, channels: 2, bits: 32, data: WaveBytes.floats(samples)).bytes
    #expect(try fault(bytes) == .notFinite(path: scratch.path + "/bad.wav", frame: 75_000, channel: 1))
  }

  @Test func anMP3NamedWavIsTakenByContentAndSaidSo() throws {
    let (wave, warnings) = try read(try MP3Bytes.sine(seconds: 1))
    #expect(wave.sampleRate == 16_000)
    #expect(wave.frames > 15_000)
    guard case .nameOfAnotherFormat(name: "wav", let content) = warnings.first else {
      Issue.record("no warning about the name: \(warnings)")
      return
    }
    #expect(content.contains("MPEG"))
  }

  @Test func aTruncatedMP3IsAWarning() throws {
    let whole = try MP3Bytes.sine(seconds: 2)
    #expect(try read(whole, name: "whole.mp3").1.isEmpty)
    let (wave, warnings) = try read(Array(whole.prefix(whole.count / 2)), name: "half.mp3")
    #expect((8_000..<24_000).contains(wave.frames))
    #expect(warnings.count == 1 && warnings[0].isTruncation)
  }

  @Test func aTruncatedFLACIsAWarning() throws {
    let path = scratch("whole.flac")
    try AudioWriter.write(Waveform(Samples.noise(50_000), sampleRate: 16_000), to: path, existing: .refuse)
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let (wave, warnings) = try read(Array(whole.prefix(whole.count / 2)), name: "half.flac")
    #expect((10_000..<40_000).contains(wave.frames))
    #expect(warnings == [.truncated(claimedFrames: 50_000, presentFrames: wave.frames)])
  }

  @Test func aWebPageNamedWavIsRefused() throws {
    guard case .notAudio = try fault(Array("<!DOCTYPE html><html><body>404</body></html>".utf8)) else {
      Issue.record("a web page was read as sound")
      return
    }
  }

  /// The header of two frames of ADTS, 64 bytes each, with zeros as data.
  private static let adts: [UInt8] = (0..<2).flatMap { _ in
    [0xFF, 0xF1, 0x50, 0x80, 0x08, 0x1F, 0xFC] + [UInt8](repeating: 0, count: 57)
  }

  private static func box(_ brand: String) -> [UInt8] {
    [0, 0, 0, 0x18] + Array(("ftyp" + brand).utf8) + [0, 0, 0, 0] + Array("isomiso2".utf8)
  }

  /// Bytes of a format, and its name in messages.
  struct Foreign: Sendable {
    let bytes: [UInt8]
    let name: String
  }

  private static let tag: [UInt8] = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, 2, 1, 2]
  private static let zeros = [UInt8](repeating: 0, count: 90)

  static let foreign: [Foreign] = [
    Foreign(bytes: box("M4A "), name: "MPEG-4"), Foreign(bytes: box("mp42"), name: "MPEG-4"),
    Foreign(bytes: adts, name: "AAC audio (ADTS)"), Foreign(bytes: tag + adts, name: "AAC audio (ADTS)"),
    Foreign(bytes: [0x1A, 0x45, 0xDF, 0xA3] + zeros, name: "WebM"),
    Foreign(bytes: [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11] + zeros, name: "Windows Media"),
  ]

  @Test(arguments: foreign) func formatsOfOtherProgramsAreNamedWithTheCommandThatConvertsThem(foreign: Foreign) throws {
    guard let fault = try fault(foreign.bytes), case .unreadFormat(let path, _) = fault else {
      Issue.record("\(foreign.name) is not recognized")
      return
    }
    #expect(fault.description.contains(foreign.name))
    // A file that has the name of WAV already is not written over.
    let target = PathText.stem(path) + "-converted.wav"
    #expect(fault.description.hasSuffix("convert it: ffmpeg -i \(path) \(target)"), "\(fault)")
  }

  @Test func picturesAndDamagedFramesAreNotTakenForSound() throws {
    let others: [[UInt8]] = [
      Self.box("heic"), Self.box("avif"), Array(Self.adts.prefix(70)), [0xFF, 0xF1],
      [0, 0, 0, 8] + Array("ftyp".utf8),
    ]
    for bytes in others {
      guard case .notAudio = try fault(bytes) else {
        Issue.record("\(bytes.prefix(12)) was taken for sound")
        return
      }
    }
  }

  @Test func aMissingFileOrAFolderHasNoInput() throws {
    for path in [scratch.path + "/none.wav", scratch.path] {
      #expect { try AudioFile.read(path) } throws: { ($0 as? FileFault)?.exitStatus == .noInput }
    }
  }

  @Test func randomChangesOfAHeaderNeverCrash() throws {
    var generator = Philox(seed: 9)
    let good = WaveBytes(data: WaveBytes.ramp(100)).bytes
    for round in 0..<2_000 {
      var bytes = good
      for _ in 0...(round % 3) { bytes[generator.integer(below: 60)] = UInt8(generator.integer(below: 256)) }
      let path = try scratch.write(bytes, to: "fuzz.wav")
      do {
        #expect(try AudioFile.read(path).frames <= 1_000)
      } catch let fault as AudioFault {
        #expect(fault.exitStatus == .badData)
      }
    }
  }
}
