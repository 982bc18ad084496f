import Foundation
import KodamaCore
import KodamaSignal
import KodamaSpectra
import TestSupport
import Testing

@testable import KodamaReports

@Suite struct EvaluationReportTests {
  private func page(_ folder: String) throws -> String {
    try String(contentsOfFile: folder + "/" + EvaluationReport.fileName, encoding: .utf8)
  }

  @Test func everyNameIsEscapedEverywhere() throws {
    try withTemporaryFolder { folder in
      let page = try String(contentsOfFile: ExamplePages.evaluation(in: folder), encoding: .utf8)
      #expect(!page.contains("<script>alert") && !page.contains("<b>\"Tom"))
      #expect(page.components(separatedBy: HTML.escaped(ExamplePages.hostileName)).count > 5)
      // One script, one style sheet, and nothing that asks for another file.
      #expect(page.components(separatedBy: "<script").count == 2 && page.components(separatedBy: "<style").count == 2)
      #expect(!page.contains("http://") && !page.contains("https://"))
    }
  }

  @Test func theSamePairsMakeTheSamePage() throws {
    try withTemporaryFolder { folder in
      let paths = try ["a", "b"].map { try ExamplePages.evaluation(in: folder + "/" + $0, pairs: 5) }
      #expect(try bytes(paths[0]) == bytes(paths[1]))
    }
  }

  @Test func theWorstAndTheMiddlingAreShown() throws {
    let (reference, generated) = ExamplePages.sides(count: 9)
    let result = try Evaluation().compare(reference: reference, generated: generated)
    let selection = PairSelection(result, by: nil, worst: 2, typical: 1)
    #expect(selection.metric?.name == result.metrics[0].name)
    #expect(selection.worst.map(\.generated) == [ExamplePages.hostileName, "voice/take-8.wav"])
    #expect(selection.typical.map(\.generated) == ["voice/take-5.wav"])
    // Where more is better, the least is the worst; all pairs are shown where there are few.
    let other = PairSelection(result, by: try Metric.named("si-sdr"), worst: 20, typical: 5)
    let scores = other.worst.compactMap { $0.scores["si-sdr"] }
    #expect(scores.count == 9 && scores == scores.sorted() && other.typical.isEmpty)
  }

  @Test func aPageThatExistsIsKeptUnlessItMayBeReplaced() throws {
    try withTemporaryFolder { folder in
      let (reference, generated) = ExamplePages.sides(count: 2)
      let report = EvaluationReport(try Evaluation().compare(reference: reference, generated: generated))
      let path = folder + "/new/report/index.html"
      #expect(
        try report.write(to: folder + "/new/report/", reference: reference, generated: generated, existing: .refuse)
          == path)
      try write("old".utf8, to: path)
      #expect(throws: FileFault.exists(path: path)) {
        try report.write(to: folder + "/new/report", reference: reference, generated: generated, existing: .refuse)
      }
      #expect(try bytes(path) == Array("old".utf8))
      var steps: [Int] = []
      try report.write(to: folder + "/new/report", reference: reference, generated: generated, existing: .replace) {
        #expect($1 == 2)
        steps.append($0)
      }
      #expect(steps == [1, 2])
      #expect(try bytes(path).count > 10_000 && names(in: folder + "/new/report") == ["index.html"])
    }
  }

  @Test func aFailureLeavesNothingBehind() throws {
    try withTemporaryFolder { folder in
      let (reference, generated) = ExamplePages.sides(count: 2)
      let report = EvaluationReport(try Evaluation().compare(reference: reference, generated: generated))
      let broken = generated.map { Sound(name: $0.name, Waveform([.nan], sampleRate: ExamplePages.rate)) }
      #expect(throws: SpectraFault.self) {
        try report.write(to: folder + "/page", reference: reference, generated: broken, existing: .refuse)
      }
      #expect(try names(in: folder + "/page").isEmpty)
    }
  }

  @Test func soundsWithoutPairsAreShownInTwoColumns() throws {
    try withTemporaryFolder { folder in
      let reference = (0..<9).map { Sound(name: "r\($0)", ExamplePages.sound($0, noise: 0.01)) }
      let generated = (0..<2).map { Sound(name: "g\($0)", ExamplePages.sound($0, noise: 0.1)) }
      let result = try Evaluation().compare(reference: reference, generated: generated)
      let report = EvaluationReport(result)
      try report.write(to: folder, reference: reference, generated: generated, existing: .refuse)
      let page = try page(folder)
      #expect(page.contains("6 of 9 references and 2 of 2 outputs") && page.contains("the same for all"))
      // The ends of the scale are those of the loudest.
      let ends = page.components(separatedBy: "<div class=\"scale\" aria-hidden=\"true\"><span>").dropFirst()
        .map { $0.prefix { $0 != "<" } }
      #expect(ends.count == 8 && Set(ends).count == 1, "\(ends)")
      #expect(page.components(separatedBy: "<audio").count == 9)
      for name in ["r0", "r8", "g0", "g1"] {
        #expect(page.contains(">Reference: \(name)<") || page.contains(">Output: \(name)<"))
      }
      #expect(!page.contains("id=\"pairs\"") && !page.contains("id=\"distributions\""))
    }
  }

  @Test func theWorstAndTheBestOutputsAreShownWithoutPairs() throws {
    try withTemporaryFolder { folder in
      let reference = (0..<2).map { Sound(name: "r\($0)", ExamplePages.sound($0, noise: 0.01)) }
      let generated = (0..<9).map { Sound(name: "g\($0)", ExamplePages.sound($0, noise: 0.1)) }
      var result = try Evaluation().compare(reference: reference, generated: generated)
      func metric(_ name: String) -> Metric {
        Metric(
          name: name, title: name, unit: "%", direction: .higherIsBetter, scope: .sounds, definition: "", source: "")
      }
      let (accuracy, probability) = (metric("ear:digit-accuracy"), metric("ear:digit-probability"))
      #expect(OutputSelection(result, by: probability) == nil)
      // One sound has no score.
      var scores: [String: [(Metric, Score)]] = [:]
      for number in 0..<9 {
        let known = Score.value(Double(number * 5 % 9) + 0.5)
        scores["g\(number)"] = [
          (accuracy, .value(number > 3 ? 100 : 0)),
          (probability, number == 8 ? .undefined(reason: "unknown") : known),
        ]
      }
      result.add(
        FurtherScores(
          metrics: [accuracy, probability],
          generated: scores, references: [:],
          sets: [], intervals: [:], extents: (SetScores.Extent(), SetScores.Extent())), bootstrap: Bootstrap())
      let selection = try #require(OutputSelection(result, by: probability))
      #expect(selection.ranked(6).map(\.sound) == ["g0", "g2", "g4", "g3", "g5", "g7"])
      #expect(selection.ranked(20).count == 8)
      #expect(OutputSelection(result, by: accuracy)?.ranked(2).map(\.sound) == ["g0", "g8"])

      var report = EvaluationReport(result)
      report.outputsRankedBy = probability
      try report.write(to: folder, reference: reference, generated: generated, existing: .refuse)
      let page = try page(folder)
      #expect(page.contains("the worst and the best by ear:digit-probability"))
      #expect(page.contains(">Output: g0, ear:digit-probability 0.5000 %<") && page.contains(">Output: g7"))
      #expect(!page.contains(">Output: g1") && !page.contains(">Output: g8") && page.contains(">Reference: r1<"))
    }
  }

  @Test func aLongSoundIsCutAndThatIsSaid() throws {
    try withTemporaryFolder { folder in
      let sounds = [Sound(name: "long", ExamplePages.sound(1, noise: 0.01, seconds: 3))]
      let shorter = [Sound(name: "short", ExamplePages.sound(1, noise: 0.1, seconds: 2))]
      let conversions = Conversions(alignment: .trim)
      let result = try Evaluation(conversions: conversions).compare(reference: sounds, generated: shorter)
      var report = EvaluationReport(result)
      report.soundSeconds = 2.5
      try report.write(to: folder, reference: sounds, generated: shorter, existing: .refuse)
      let page = try page(folder)
      #expect(page.contains("the first 2.50 s of 3.00 s") && page.contains("over the first 2.00 s, which both have"))
      #expect(page.contains("at most the first 2.5 s are shown"))
      // What was done to compare them stands on the page.
      #expect(page.contains("long: cut from 24000 to 16000 samples"))
    }
  }

  @Test func spreadKeepsBothEnds() {
    #expect(ReportedSounds.spread(Array(0..<10), count: 4) == [0, 3, 6, 9])
    #expect(ReportedSounds.spread([1, 2], count: 4) == [1, 2])
    #expect(ReportedSounds.spread([1, 2, 3], count: 1) == [3])
  }
}
