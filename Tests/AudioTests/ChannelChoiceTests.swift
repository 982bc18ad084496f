import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaAudio

@Suite struct ChannelChoiceTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ channels: [[Float]], to name: String, sampleRate: Int = 16_000) throws {
    try AudioWriter.write(
      Waveform(channels: channels, sampleRate: sampleRate), to: scratch(name),
      encoding: AudioEncoding(.wav, .float32), existing: .replace)
  }

  private func scan(_ channel: ChannelChoice, strict: Bool = false) throws -> CorpusIndex {
    try CorpusIndex.scan(scratch.path, options: RecordingOptions(channel: channel), strict: strict)
  }

  @Test func namesOfChannelsAreRead() {
    #expect(
      ChannelChoice("mix") == .mix && ChannelChoice("left") == .channel(1) && ChannelChoice("right") == .channel(2))
    #expect(ChannelChoice("12") == .channel(12))
    for text in ["0", "-1", "257", "", "Left", "1.5"] { #expect(ChannelChoice(text) == nil) }
    for choice in [ChannelChoice.mix, .channel(3)] { #expect(ChannelChoice(choice.description) == choice) }
  }

  @Test func channelsThatCancelAreSilentAndNamed() throws {
    let noise = Samples.noise(16_000)
    try write([noise, noise.map { -$0 }], to: "inverted.wav")
    let entry = try scan(.mix).entries[0]
    #expect(entry.warnings == [.channelsCancel])
    #expect(entry.isSilent && entry.peak == 0 && entry.silenceShare == 1)
    #expect(throws: AudioFault.strict(path: scratch("inverted.wav"), warning: .channelsCancel)) {
      try scan(.mix, strict: true)
    }
    #expect(CorpusReport(try scan(.mix)).warnings.map(\.path) == ["inverted.wav"])
  }

  @Test func whatIsNearlyTheInverseCancelsToo() throws {
    let noise = Samples.noise(16_000)
    try write([noise, noise.map { -0.9 * $0 }], to: "a.wav")
    try write([noise, noise.map { -0.7 * $0 }], to: "b.wav")
    #expect(try scan(.mix).entries.map(\.warnings) == [[.channelsCancel], []])
  }

  @Test(arguments: [1, 2, 3, 8]) func channelsOfTheirOwnAndSilentOnesDoNotCancel(count: Int) throws {
    let silence = [Float](repeating: 0, count: 8000)
    try write((0..<count).map { Samples.noise(8000, seed: UInt64($0)) }, to: "own.wav")
    try write([Samples.noise(8000)] + (1..<count).map { _ in silence }, to: "one.wav")
    #expect(try scan(.mix, strict: true).entries.count == 2)
  }

  @Test(arguments: [16_000, 8_000, 44_100]) func aChannelAloneIsReadAndMeasured(rate: Int) throws {
    let (left, right) = (Samples.noise(50_000, seed: 1), Samples.noise(50_000, seed: 2).map { $0 / 4 })
    try write([left, right], to: "s.wav", sampleRate: rate)
    for (choice, channel) in [(ChannelChoice.channel(1), left), (.channel(2), right)] {
      let index = try scan(choice)
      #expect(index.entries[0].peak == channel.map(abs).max())
      try write([channel], to: "alone/s.wav", sampleRate: rate)
      let alone = try Recordings(CorpusIndex.scan(scratch("alone")), sampleRate: 16_000)
      let recordings = try Recordings(index.filtered { $0.path == "s.wav" }, sampleRate: 16_000)
      try #require(recordings.frames(of: 0) == alone.frames(of: 0))
      let range = alone.frames(of: 0) / 3..<alone.frames(of: 0)
      #expect(try recordings.read(0, range) == alone.read(0, range))
      #expect(
        try AudioFile.readMono(scratch("s.wav"), sampleRate: 16_000, channel: choice)
          == AudioFile.readMono(scratch("alone/s.wav"), sampleRate: 16_000))
    }
  }

  @Test func clippingAndSilenceAreThoseOfTheChannel() throws {
    let loud = [Float](repeating: 1, count: 1_600)
    try write([loud, [Float](repeating: 0, count: 1_600)], to: "s.wav")
    #expect(try scan(.mix).entries[0].clippedSamples == 0)
    #expect(try scan(.channel(1)).entries[0].clippedSamples == 1_600)
    #expect(try scan(.channel(2)).entries[0].isSilent)
  }

  @Test func trimmingFollowsTheChannel() throws {
    let noise = Samples.noise(4_000)
    let silence = [Float](repeating: 0, count: 4_000)
    try write([silence + noise, noise + silence], to: "s.wav")
    let trimming = SilenceTrimming(thresholdDecibels: -60, marginSeconds: 0)
    let used = try [ChannelChoice.mix, .channel(1), .channel(2)].map {
      try Recordings(scan($0), trimming: trimming).items[0].used
    }
    #expect(used == [0..<8_000, 4_000..<8_000, 0..<4_000])
  }

  @Test func aFileWithTooFewChannelsIsLeftOutAndCounted() throws {
    try write([Samples.noise(100)], to: "mono.wav")
    try write([Samples.noise(100), Samples.noise(100, seed: 2)], to: "stereo.wav")
    let index = try scan(.channel(2))
    #expect(index.entries.map(\.path) == ["stereo.wav"])
    #expect(index.failures.map(\.path) == ["mono.wav"])
    let fault = AudioFault.noChannel(path: scratch("mono.wav"), channel: 2, channels: 1)
    #expect(throws: fault) { try scan(.channel(2), strict: true) }
    #expect(throws: fault) {
      try AudioFile.readMono(scratch("mono.wav"), sampleRate: 16_000, channel: .channel(2))
    }
    #expect(fault.exitStatus == .badData)
  }

  @Test func whatWasMeasuredOfAnotherChannelIsMeasuredAgain() throws {
    try write([Samples.noise(1_000), Samples.noise(1_000, seed: 2).map { $0 / 8 }], to: "s.wav")
    let mix = try scan(.mix)
    let right = try CorpusIndex.scan(
      scratch.path, options: RecordingOptions(channel: .channel(2)), reusing: mix)
    #expect(right == (try scan(.channel(2))) && right.entries[0].peak < mix.entries[0].peak)
    #expect(right.fingerprint == mix.fingerprint)
    let path = scratch("index.json")
    try right.save(to: path)
    #expect(try CorpusIndex.load(path, folder: scratch.path) == right)
  }

  @Test func quietRecordingsCanBeUsed() throws {
    // A peak of −61 dB, as a recorder of 24 bits leaves it.
    let quiet = Samples.sine(16_000, hertz: 300, sampleRate: 16_000, amplitude: 0.000_891_25)
    try AudioWriter.write(
      Waveform(quiet, sampleRate: 16_000), to: scratch("q.wav"), encoding: AudioEncoding(.wav, .pcm24),
      existing: .refuse)
    let standard = try CorpusIndex.scan(scratch.path)
    #expect { try Recordings(standard) } throws: {
      let text = "\($0)"
      return ["q.wav", "-61.0 dB", "below -60.0 dB", "such as to -92.0 dB"].allSatisfy(text.contains)
    }
    let index = try CorpusIndex.scan(scratch.path, options: RecordingOptions(silence: -92))
    #expect(!index.entries[0].isSilent)
    let recordings = try Recordings(index)
    #expect(recordings.frames(of: 0) == 16_000)
    #expect { try Recordings(index, trimming: SilenceTrimming()) } throws: {
      "\($0)".contains("what is trimmed is what is below -60.0 dB")
    }
    #expect(try Recordings(index, trimming: SilenceTrimming(thresholdDecibels: -80)).items[0].trimmedAtStart == 0)
  }
}
