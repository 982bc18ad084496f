import Foundation
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

@Suite struct CorpusReportTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func report() throws -> CorpusReport {
    let noise = Samples.noise(16_000)
    for (name, samples, rate) in [
      ("a/1.wav", noise, 16_000), ("a/2.wav", noise, 16_000), ("b/3.wav", Samples.noise(8_000, seed: 4), 8_000),
      ("b/4.wav", [Float](repeating: 0, count: 1_600), 16_000),
    ] {
      try AudioWriter.write(Waveform(samples, sampleRate: rate), to: scratch(name), existing: .refuse)
    }
    try scratch.write([], to: "b/empty.wav")
    try scratch.write(Array(WaveBytes().bytes.dropLast(2)), to: "b/short.wav")
    return CorpusReport(try CorpusIndex.scan(scratch.path))
  }

  @Test func everythingIsCounted() throws {
    let report = try report()
    #expect(report.files == 5)
    #expect(abs(report.seconds - (3.1 + 999 / 16_000)) < 1e-9)
    #expect(report.sampleRates.map(\.value) == [8_000, 16_000])
    #expect(report.sampleRates.map(\.files) == [1, 4])
    #expect(report.labels.map(\.value) == ["label=a", "label=b"])
    #expect(report.duplicates == [["a/1.wav", "a/2.wav"]])
    #expect(report.silentFiles == ["b/4.wav"])
    #expect(report.unusable.map(\.path) == ["b/empty.wav"])
    #expect(report.warnings.map(\.path) == ["b/short.wav"])
    #expect(report.modelSampleRate == 16_000)
  }

  @Test func theTableSaysWhatIsWrong() throws {
    let table = try report().description
    for line in [
      "files         5 usable, 1 unusable, 0 not sound", "  b/empty.wav: the file is empty; record or copy it again",
      "  b/short.wav: cut short: 1000 samples claimed, 999 present; what is there is used",
      "  a/1.wav = a/2.wav", "sample rate   8000 Hz: 1 file, 1.00 s; 16000 Hz: 4 files, 2.16 s",
    ] {
      #expect(table.components(separatedBy: "\n").contains(line), "\(table)")
    }
  }

  @Test func aTrimmingIsShownBeforehand() throws {
    let (noise, silence) = (Samples.noise(8_000), [Float](repeating: 0, count: 16_000))
    try AudioWriter.write(Waveform(silence + noise, sampleRate: 16_000), to: scratch("a.wav"), existing: .refuse)
    try AudioWriter.write(Waveform(noise.map { $0 / 100 }, sampleRate: 16_000), to: scratch("b.wav"), existing: .refuse)
    let index = try CorpusIndex.scan(scratch.path)
    let report = try CorpusReport(index, trimming: SilenceTrimming(thresholdDecibels: -40, marginSeconds: 0.5))
    #expect(report.trimming?.files == 1 && report.trimming?.seconds == 0.5)
    #expect(report.trimming?.silentFiles == ["b.wav"])
    #expect(report.description.contains("below -40.0 dB: 0.50 s of 1 file; 1 file holds nothing louder"))
    #expect(CorpusReport(index).trimming == nil)
  }

  @Test func filesOverFullScaleAreNamedWithTheGainThatWouldMendIt() throws {
    try scratch.write(
      WaveBytes(format: 3, bits: 32, data: WaveBytes.floats(Samples.noise(1_000) + [-5_000])).bytes, to: "loud.wav")
    let report = CorpusReport(try CorpusIndex.scan(scratch.path))
    #expect(report.filesOverFullScale == ["loud.wav"])
    #expect(report.description.contains("exceeded in 1 file; a gain of -74.0 dB would mend it"))
  }

  @Test func theJSONHasTheReportsNames() throws {
    let data = try JSONEncoder().encode(try report())
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["modelSampleRate"] as? Int == 16_000)
    #expect((object["unusable"] as? [[String: String]])?.first?["path"] == "b/empty.wav")
  }
}
