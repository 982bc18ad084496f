import Foundation
import TestSupport
import Testing

@testable import KodamaTraining

@Suite struct MetricsLogTests {
  private func report(_ step: Int) -> TrainingEvent {
    .step(
      StepReport(
        step: step, epoch: 0.5, seconds: 1.5, bitsPerSample: 4.25, learningRate: 0.001, gradientNorm: 0.75,
        samplesPerSecond: 1000))
  }

  private func write(_ events: [TrainingEvent], run: String, step: Int = 0, interval: Int = 1) throws {
    let log = try MetricsLog(run: run, step: step, interval: interval, measures: .ofSamples)
    for event in events { try log.trainingDid(event) }
  }

  private func lines(_ run: String) throws -> [String] {
    let text = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8)
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }

  private func steps(_ run: String) throws -> [Int] {
    struct Line: Decodable { let step: Int }
    return try lines(run).map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).step }
  }

  @Test func aLineIsAnObjectWithTheReportsKeys() throws {
    try withTemporaryFolder { run in
      try write(
        [
          report(1), .validation(ValidationReport(step: 1, raw: 4.5, average: 4.25)),
          .sample(sample(1), path: "a.wav"), .sample(SampleReport(step: 1), path: "b.wav"),
          .rollback(from: 2, to: 1, rateFactor: 0.5),
        ], run: run
      )
      #expect(
        try lines(run) == [
          #"{"bitsPerSample":4.25,"epoch":0.5,"gradientNorm":0.75,"kind":"step","learningRate":0.001,"#
            + #""samplesPerSecond":1000,"seconds":1.5,"step":1}"#,
          #"{"averageBitsPerSample":4.25,"bitsPerSample":4.5,"kind":"validation","step":1}"#,
          #"{"kind":"sample","recordedVoicedShare":97.5,"spectralFlatness":-20.5,"step":1,"voicedShare":61.25}"#,
          #"{"kind":"rollback","step":2,"toStep":1}"#,
        ])
    }
  }

  private func sample(_ step: Int) -> SampleReport {
    let measures = TaskMeasures.ofSamples.samples
    return SampleReport(
      step: step, generated: [MeasuredValue(measures[0], 61.25), MeasuredValue(measures[2], -20.5)],
      recorded: [MeasuredValue(measures[0], 97.5)])
  }

  @Test func samplesAreReadAgain() throws {
    try withTemporaryFolder { run in
      let events = [report(1), .sample(sample(1), path: "a.wav"), report(2), .sample(sample(2), path: "b.wav")]
      try write(events, run: run)
      #expect(try TrainingHistory(run: run).samples == [sample(1), sample(2)])
      try write([.rollback(from: 3, to: 1, rateFactor: 0.5)], run: run, step: 2)
      #expect(try TrainingHistory(run: run).samples == [sample(1)])
    }
  }

  @Test func stepsAreWrittenAtTheirIntervalAndTheFirst() throws {
    try withTemporaryFolder { run in
      try write((1...10).map(report), run: run, interval: 4)
      #expect(try steps(run) == [1, 4, 8])
    }
  }

  @Test func stepsThatAreTakenAgainAreDropped() throws {
    try withTemporaryFolder { run in
      try write((1...6).map(report), run: run)
      try write([report(4)], run: run, step: 3)
      #expect(try steps(run) == [1, 2, 3, 4])
    }
  }

  /// Every length that a crash can leave of the last line.
  @Test func aTornLastLineIsDropped() throws {
    try withTemporaryFolder { run in
      let path = run + "/metrics.jsonl"
      try write([report(1), report(2)], run: run)
      let whole = try bytes(path)
      let firstLine = whole.prefix { $0 != 0x0A }.count + 1
      for length in firstLine..<whole.count {
        try TestSupport.write(whole.prefix(length), to: path)
        try write([report(3)], run: run, step: 2)
        // The whole of the line without its end is not torn.
        #expect(try steps(run) == (length == whole.count - 1 ? [1, 2, 3] : [1, 3]), "cut to \(length) bytes")
      }
    }
  }

  @Test func bytesThatAreNoTextAreDropped() throws {
    try withTemporaryFolder { run in
      try write([report(1)], run: run)
      let path = run + "/metrics.jsonl"
      try TestSupport.write(bytes(path) + [0, 0, 0, 0xFF], to: path)
      try write([report(2)], run: run, step: 1)
      #expect(try steps(run) == [1, 2])
    }
  }

  @Test func aWholeLogIsNotTouched() throws {
    try withTemporaryFolder { run in
      try write([report(1)], run: run)
      let before = try FileManager.default.attributesOfItem(atPath: run + "/metrics.jsonl")[.systemFileNumber] as? Int
      try write([report(2)], run: run, step: 1)
      let after = try FileManager.default.attributesOfItem(atPath: run + "/metrics.jsonl")[.systemFileNumber] as? Int
      #expect(before == after && before != nil)
      #expect(try steps(run) == [1, 2])
    }
  }

  @Test func aValidationThatIsNotFiniteIsWrittenWithoutANumber() throws {
    try withTemporaryFolder { run in
      try write([.validation(ValidationReport(step: 5, raw: .nan, average: .infinity))], run: run, step: 4)
      #expect(try lines(run) == [#"{"kind":"validation","step":5}"#])
    }
  }

  @Test func aLogThatCannotBeOpenedIsNamed() throws {
    try withTemporaryFolder { run in
      try FileManager.default.createDirectory(atPath: run + "/metrics.jsonl", withIntermediateDirectories: false)
      #expect { try MetricsLog(run: run, step: 0, interval: 1, measures: .ofSamples) } throws: {
        "\($0)".contains(run + "/metrics.jsonl")
      }
    }
  }
}
