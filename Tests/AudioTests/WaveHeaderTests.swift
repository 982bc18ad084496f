import KodamaCore
import TestSupport
import Testing

@testable import KodamaAudio

/// WAV files whose samples fill their bytes partly, and headers that were never finished.
@Suite struct WaveHeaderTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func read(_ bytes: [UInt8]) throws -> (channels: [[Float]], warnings: [AudioWarning]) {
    var warnings: [AudioWarning] = []
    let wave = try AudioFile.read(try scratch.write(bytes, to: "a.wav")) { warnings.append($0) }
    return (wave.channels, warnings)
  }

  /// A depth of samples, and what it is stored in.
  struct Depth: Sendable, CustomTestStringConvertible {
    let bits: Int
    let bytes: Int
    /// Whether the header is WAVE_FORMAT_EXTENSIBLE, and its bits those of the container as it should be.
    var isExtensible = false
    var claimsContainer = false

    var testDescription: String { "\(bits) in \(8 * bytes)\(isExtensible ? ", extensible" : "")" }
  }

  @Test(arguments: [
    Depth(bits: 12, bytes: 2), Depth(bits: 20, bytes: 3), Depth(bits: 24, bytes: 3), Depth(bits: 24, bytes: 4),
    Depth(bits: 20, bytes: 4), Depth(bits: 12, bytes: 4), Depth(bits: 18, bytes: 3), Depth(bits: 14, bytes: 2),
    Depth(bits: 12, bytes: 2, isExtensible: true), Depth(bits: 20, bytes: 3, isExtensible: true),
    Depth(bits: 24, bytes: 4, isExtensible: true), Depth(bits: 20, bytes: 4, isExtensible: true),
    Depth(bits: 12, bytes: 2, isExtensible: true, claimsContainer: true),
    Depth(bits: 20, bytes: 3, isExtensible: true, claimsContainer: true),
    Depth(bits: 24, bytes: 4, isExtensible: true, claimsContainer: true),
  ])
  func samplesThatFillTheirBytesPartlyAreReadToTheLastBit(depth: Depth) throws {
    var generator = Philox(seed: 3)
    let range = 1 << depth.bits
    let samples =
      [-range / 2, range / 2 - 1, 0, 1, -1] + (0..<2_995).map { _ in generator.integer(below: range) - range / 2 }
    // The bits that are used are the upper ones.
    let stored = samples.map { $0 << (8 * depth.bytes - depth.bits) }
    let bytes = WaveBytes(
      format: depth.isExtensible ? 0xFFFE : 1, channels: 2, bits: depth.claimsContainer ? 8 * depth.bytes : depth.bits,
      bytesPerFrame: 2 * depth.bytes, validBits: depth.isExtensible ? depth.bits : nil,
      data: stored.flatMap { WaveBytes.integer($0, depth.bytes) }
    ).bytes
    let (channels, warnings) = try read(bytes)
    #expect(warnings.isEmpty)
    let expected = samples.map { Float(Double($0) / Double(range / 2)) }
    #expect(channels.count == 2)
    for c in channels.indices {
      #expect(channels[c] == stride(from: c, to: expected.count, by: 2).map { expected[$0] })
    }
  }

  @Test(arguments: [0, 8, 36, 0xFFFF_FFFF], [0, 0xFFFF_FFFF])
  func aHeaderThatWasNeverFinishedIsReadToTheEnd(riff: Int, data: Int) throws {
    let bytes = WaveBytes(claimedRIFFBytes: riff, claimedDataBytes: data).bytes
    let (channels, warnings) = try read(bytes)
    #expect(channels == [(0..<1_000).map { Float($0) / 32_768 }])
    #expect(warnings == (data == 0 ? [.unfinishedHeader(bytes: 2_000)] : []))
    let said = try AudioFile(scratch("a.wav")).warnings.map(\.description)
    #expect(data != 0 || said[0].contains("used as audio"))
    if data == 0 { #expect(throws: AudioFault.self) { try AudioFile.read(scratch("a.wav"), strict: true) } }
  }

  @Test(arguments: [0, 8, 0xFFFF_FFFF]) func theSizeOfTheFileClaimsNothing(riff: Int) throws {
    let (channels, warnings) = try read(WaveBytes(claimedRIFFBytes: riff).bytes)
    #expect(channels[0].count == 1_000 && warnings.isEmpty)
  }

  @Test func paddedSamplesOfAHeaderThatWasNeverFinishedAreRead() throws {
    let stored = (0..<500).flatMap { WaveBytes.integer($0 << 8, 4) }
    let (channels, warnings) = try read(WaveBytes(bits: 24, bytesPerFrame: 4, claimedDataBytes: 0, data: stored).bytes)
    #expect(channels == [(0..<500).map { Float($0) / 8_388_608 }])
    #expect(warnings == [.unfinishedHeader(bytes: 2_000)])
  }

  @Test func chunksAfterNoAudioAreNoAudio() throws {
    let list = Array("LIST".utf8) + WaveBytes.integer(4, 4) + Array("INFO".utf8)
    let (channels, warnings) = try read(WaveBytes(claimedDataBytes: 0, data: list).bytes)
    #expect(channels == [[]] && warnings.isEmpty)
  }

  @Test func moreThanTheHeaderClaimsIsReported() throws {
    let (channels, warnings) = try read(WaveBytes(claimedDataBytes: 500, data: WaveBytes.ramp(2_000)).bytes)
    #expect(channels[0].count == 250)
    #expect(warnings == [.bytesAfterAudio(3_500)])
  }
}
