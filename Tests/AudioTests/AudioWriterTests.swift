import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

@Suite struct AudioWriterTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func roundTrip(_ name: String, _ encoding: AudioEncoding, _ wave: Waveform) throws -> Waveform {
    let path = scratch(name)
    try AudioWriter.write(wave, to: path, encoding: encoding, existing: .refuse)
    return try AudioFile.read(path, strict: true)
  }

  @Test(arguments: [1, 2, 3], [AudioEncoding.Container.wav, .flac])
  func samplesComeBackWithinHalfAStep(channels: Int, container: AudioEncoding.Container) throws {
    let wave = Waveform(
      channels: (0..<channels).map { Samples.noise(70_001, seed: UInt64($0)) }, sampleRate: 22_050)
    for (format, step) in [(AudioEncoding.SampleFormat.pcm16, 0x1p-15), (.pcm24, 0x1p-23)] {
      let name = "\(channels)-\(format).\(container)"
      let back = try roundTrip(name, AudioEncoding(container, format), wave)
      #expect(back.sampleRate == 22_050)
      #expect(back.channels.count == channels && back.frames == wave.frames)
      for (a, b) in try paired(back.channels, wave.channels) { expectClose(a, b, tolerance: step / 2, floor: 1, name) }
    }
  }

  @Test func floatingPointComesBackBitForBit() throws {
    let wave = Waveform([0, 1.5, -3, 1e-20, 0.1], sampleRate: 16_000)
    #expect(try roundTrip("f.wav", AudioEncoding(.wav, .float32), wave) == wave)
  }

  @Test func samplesOverFullScaleAreClampedAndHalvesRounded() throws {
    let wave = Waveform([1.5, -1.5, 1, -1, 0.5 / 32_768, -0.5 / 32_768, 0.49 / 32_768], sampleRate: 16_000)
    let expected: [Float] = [32_767, -32_768, 32_767, -32_768, 1, -1, 0]
    for name in ["c.wav", "c.flac"] {
      let container: AudioEncoding.Container = name == "c.wav" ? .wav : .flac
      let back = try roundTrip(name, AudioEncoding(container), wave)
      #expect(back.channels[0].map { $0 * 32_768 } == expected)
    }
  }

  @Test(arguments: [
    (AudioEncoding.Container.vorbis, 22_050, 2), (.vorbis, 11_000, 1), (.opus, 16_000, 1), (.mp3, 16_000, 2),
  ])
  func lossyFilesSoundAlike(container: AudioEncoding.Container, sampleRate: Int, channels: Int) throws {
    let tone = Samples.sine(3 * sampleRate / 2 + 77, hertz: 440, sampleRate: sampleRate)
    let wave = Waveform(channels: [[Float]](repeating: tone, count: channels), sampleRate: sampleRate)
    let back = try roundTrip("lossy.bin", AudioEncoding(container), wave)
    #expect(back.sampleRate == sampleRate && back.channels.count == channels && back.frames == wave.frames)
    for channel in back.channels {
      let error = zip(channel, tone).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      let signal = tone.reduce(0.0) { $0 + Double($1 * $1) }
      #expect(error < 0.01 * signal, "\(container): \(error / signal)")
    }
  }

  @Test func lossyFormatsOfFewRatesNameThem() throws {
    func problem(_ container: AudioEncoding.Container, _ sampleRate: Int, channels: Int = 1) -> String? {
      do {
        _ = try AudioWriter(
          path: scratch("x"), encoding: AudioEncoding(container), sampleRate: sampleRate, channels: channels,
          existing: .refuse)
        return nil
      } catch { return (error as? AudioFault)?.exitStatus == .usage ? "\(error)" : "" }
    }
    #expect(problem(.opus, 44_100)?.contains("8,000, 12,000, 16,000, 24,000 and 48,000 Hz only, not 44,100 Hz") == true)
    #expect(problem(.mp3, 10_000)?.contains("44,100 and 48,000 Hz only") == true)
    #expect(problem(.mp3, 16_000, channels: 3)?.contains("up to 2 channels") == true)
    #expect(problem(.vorbis, 400_000)?.contains("200,000 Hz") == true)
    #expect(problem(.vorbis, 16_000) == nil)
    #expect(scratch.names.isEmpty)
  }

  @Test(arguments: ["none.ogg", "none.opus", "none.mp3"]) func zeroSamplesMakeAShortLossyFile(name: String) throws {
    let path = scratch(name)
    try AudioWriter(path: path, sampleRate: 16_000, existing: .refuse).finish()
    #expect(try AudioFile.read(path).frames <= 1)
  }

  @Test(arguments: ["none.wav", "none.flac"]) func zeroSamplesMakeAValidEmptyFile(name: String) throws {
    let path = scratch(name)
    try AudioWriter(path: path, sampleRate: 16_000, existing: .refuse).finish()
    let file = try AudioFile(path)
    #expect(file.sampleRate == 16_000 && file.channels == 1)
    #expect(try file.read(frames: 10).isEmpty)
    #expect(file.warnings.isEmpty)
  }

  @Test func aWriterDroppedOrFailedLeavesNothing() throws {
    do {
      let writer = try AudioWriter(path: scratch("dropped.flac"), sampleRate: 16_000, existing: .refuse)
      try writer.write(Samples.noise(10_000))
      withExtendedLifetime(writer) { #expect(scratch.names.count == 1) }
    }
    #expect(scratch.names.isEmpty)
    let writer = try AudioWriter(path: scratch("nan.wav"), sampleRate: 16_000, channels: 2, existing: .refuse)
    #expect(throws: AudioFault.notFinite(path: scratch.path + "/nan.wav", frame: 1, channel: 1)) {
      try writer.write([0, 0, 0, .nan])
    }
    #expect(scratch.names.isEmpty)
  }

  @Test func anExistingFileIsRefusedBeforeWork() throws {
    let path = try scratch.write([1], to: "a.wav")
    #expect(throws: FileFault.exists(path: path)) {
      try AudioWriter(path: path, sampleRate: 16_000, existing: .refuse)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1]))
  }

  @Test func overTheLimitOfRIFFTheFileIsRF64() throws {
    let path = scratch("long.wav")
    let wave = Samples.noise(1_000)
    try AtomicFile.write(to: path, existing: .refuse) { writer in
      let sink = try WaveSink(
        writer, format: .pcm16, sampleRate: 16_000, channels: 1, isSeekable: true, longForm: 1_500)
      try sink.write(Array(wave[..<500]))
      try sink.write(Array(wave[500...]))
      try sink.finish()
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(bytes.prefix(4) == Data("RF64".utf8))
    let file = try AudioFile(path)
    #expect(file.claimedFrames == 1_000)
    #expect(try file.read(frames: 2_000).count == 1_000)
    #expect(file.warnings.isEmpty)
  }

  @Test(arguments: AudioEncoding.SampleFormat.allCases)
  func aPipeTakesWAVWithOpenSizes(format: AudioEncoding.SampleFormat) throws {
    let bytes = try piped(AudioEncoding(.wav, format), Samples.noise(501))
    #expect(bytes.count == 44 + 501 * format.bytes)
    let path = try scratch.write(bytes, to: "piped.wav")
    let file = try AudioFile(path)
    #expect(file.claimedFrames == 501)
    #expect(try file.read(frames: 1_000).count == 501)
    #expect(file.warnings.isEmpty)
  }

  @Test(arguments: AudioEncoding.SampleFormat.allCases, [500, 501])
  func aPipeTakesWAVWithTheSizesThatAreKnown(format: AudioEncoding.SampleFormat, count: Int) throws {
    let bytes = try piped(AudioEncoding(.wav, format), Samples.noise(count), frames: count)
    let data = count * format.bytes
    #expect(bytes.count == 44 + data + data % 2)
    #expect(Array(bytes[4..<8]) == WaveBytes.integer(bytes.count - 8, 4))
    #expect(Array(bytes[40..<44]) == WaveBytes.integer(data, 4))
    let file = try AudioFile(try scratch.write(bytes, to: "piped.wav"))
    #expect(try file.claimedFrames == count && file.read(frames: 1_000).count == count)
    #expect(file.warnings.isEmpty)
  }

  @Test func aPipeOfMoreThanTheSizesHoldHasOpenOnes() throws {
    for frames in [0x7FFF_FF80, Int.max] {
      let bytes = try piped(AudioEncoding(.wav), [], frames: frames)
      #expect(bytes[4..<8].allSatisfy { $0 == 255 } && bytes[40..<44].allSatisfy { $0 == 255 })
    }
    #expect(try piped(AudioEncoding(.wav), [], frames: 0x7FFF_FF7F)[40..<44].elementsEqual([0xFE, 0xFE, 0xFF, 0xFF]))
  }

  @Test func aPipeTakesRawSamples() throws {
    #expect(try piped(AudioEncoding(.raw), [0, 0.5, -1]) == [0, 0, 0, 0x40, 0, 0x80])
  }

  @Test func aPipeRefusesFLACAndAFLACFloats() throws {
    for (path, encoding) in [
      ("/dev/null", AudioEncoding(.flac)), ("/dev/null", AudioEncoding(.vorbis)),
      (scratch("x.flac"), AudioEncoding(.flac, .float32)), (scratch("x.ogg"), AudioEncoding(.vorbis, .float32)),
    ] {
      #expect { try AudioWriter(path: path, encoding: encoding, sampleRate: 16_000, existing: .replace) } throws: {
        ($0 as? AudioFault)?.exitStatus == .usage
      }
    }
    #expect(scratch.names.isEmpty)
  }

  @Test(arguments: [(0, 1), (999, 1), (1_000_001, 1), (16_000, 0), (16_000, 257)])
  func ratesAndChannelsThatNoFileHasAreRefused(sampleRate: Int, channels: Int) {
    #expect {
      try AudioWriter(path: scratch("x.wav"), sampleRate: sampleRate, channels: channels, existing: .refuse)
    } throws: {
      guard case AudioFault.unsupportedOutput = $0 else { return false }
      return true
    }
  }

  @Test func anUnknownExtensionIsRefused() {
    #expect { try AudioEncoding(forName: "a.mp4") } throws: { ($0 as? AudioFault)?.exitStatus == .usage }
  }

  @Test func aFullDeviceIsAnError() throws {
    #expect {
      let writer = try AudioWriter(
        path: "/dev/full", encoding: AudioEncoding(), sampleRate: 16_000, existing: .replace)
      try writer.write(Samples.noise(100_000))
      try writer.finish()
    } throws: {
      ($0 as? FileFault)?.exitStatus == .inputOutput
    }
  }

  @Test func aFullDiskRemovesThePartialFile() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      for name in ["a.wav", "a.flac", "a.ogg", "a.opus", "a.mp3"] {
        do {
          let writer = try AudioWriter(path: scratch(name), sampleRate: 16_000, existing: .refuse)
          for seed in 0..<80 { try writer.write(Samples.noise(10_000, seed: UInt64(seed))) }
          try writer.finish()
          exit(1)
        } catch let fault as FileFault {
          if fault.exitStatus != .inputOutput { exit(2) }
        }
        if !scratch.names.isEmpty { exit(3) }
      }
    }
  }

  /// What comes out of a pipe.
  private func piped(_ encoding: AudioEncoding, _ samples: [Float], frames: Int? = nil) throws -> [UInt8] {
    let pipe = Pipe()
    let writer = try AudioWriter(
      to: FileWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, path: "pipe"), encoding: encoding,
      sampleRate: 16_000, frames: frames)
    try writer.write(samples)
    try writer.finish()
    try pipe.fileHandleForWriting.close()
    return Array(pipe.fileHandleForReading.readDataToEndOfFile())
  }
}
