import Foundation
import KodamaCore
import KodamaReports
import KodamaSignal
import KodamaSpectra
import TestSupport
import Testing

/// The page of a training run.
@Suite struct RunReportTests {
  private func sound(_ name: String, frequency: Double, rate: Int = 8000, frames: Int = 4000) -> Sound {
    let samples = (0..<frames).map { Float(0.5 * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
    return Sound(name: name, Waveform(samples, sampleRate: rate))
  }

  private func page(_ change: (inout RunReport) -> Void) throws -> String {
    var report = RunReport(title: "A run")
    change(&report)
    return try withTemporaryFolder { folder in
      try report.write(to: folder + "/page.html", existing: .refuse, workers: .serial)
      return try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
    }
  }

  @Test func soundsAreSideBySide() throws {
    let page = try page {
      $0.comparison = SoundComparison(
        title: "Three <sounds>", note: "A & B", facts: [ReportFact("Score", "3")],
        sides: [
          SoundComparison.Side("First", sound("one", frequency: 300)),
          SoundComparison.Side("Second", sound("two", frequency: 500), caption: "below"),
          SoundComparison.Side("Third", sound("three", frequency: 700)),
        ], showsDifference: true,
        charts: [
          LineChart(title: "Samples", xName: "ms", series: [.init("a", [.init(x: 0, y: 1), .init(x: 1, y: 2)])])
        ])
    }
    for part in ["Three &lt;sounds&gt;", "A &amp; B", "Score", "Second", "below", "Difference", "Samples"] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(page.components(separatedBy: "<audio").count == 4)
    #expect(page.components(separatedBy: "data:image/png").count == 5)
    #expect(!page.contains("href=\"#figures\"") && page.contains("href=\"#comparison\""))
  }

  @Test func soundsOfOtherRatesHaveNoDifference() throws {
    let page = try page {
      $0.comparison = SoundComparison(
        title: "Two",
        sides: [
          SoundComparison.Side("First", sound("one", frequency: 300)),
          SoundComparison.Side("Second", sound("two", frequency: 300, rate: 16_000)),
        ], showsDifference: true)
    }
    #expect(page.contains("the sample rates differ") && page.components(separatedBy: "data:image/png").count == 3)
  }

  @Test func picturesAreEmbedded() throws {
    let page = try page {
      $0.figures = [RunReport.Figure("A \"picture\"", description: "what it shows", png: [0x89, 0x50, 0x4E, 0x47])]
    }
    #expect(page.contains("A &quot;picture&quot;") && page.contains("alt=\"what it shows\""))
    #expect(page.contains("data:image/png;base64,iVBORw==") && page.contains("href=\"#figures\""))
    #expect(!page.contains("href=\"#comparison\""))
  }
}
