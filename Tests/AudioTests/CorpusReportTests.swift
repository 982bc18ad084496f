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

  @Test func theJSONHasTheReportsNames() throws {
    let data = try JSONEncoder().encode(try report())
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["modelSampleRate"] as? Int == 16_000)
    #expect((object["unusable"] as? [[String: String]])?.first?["path"] == "b/empty.wav")
  }
}
