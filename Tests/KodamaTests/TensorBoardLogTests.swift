import Foundation
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaReports

/// What is written of each event, read by the format's rules.
@Suite struct TensorBoardLogTests {
  private func report(_ step: Int, rate: Double = 0.001) -> TrainingEvent { TensorBoardEvents.report(step, rate: rate) }

  /// The values of all events of a folder's files, in the order of their names: "tag step value".
  private func scalars(_ run: String) throws -> [[String]] {
    try TensorBoardEvents.read(run).map { file in
      file.flatMap { event in event.summary.value.map { "\($0.tag) \(event.step) \($0.simpleValue)" } }
    }
  }

  private func write(_ events: [TrainingEvent], run: String, step: Int = 0, interval: Int = 1) throws {
    let log = try TensorBoardLog(
      run: run, step: step, interval: interval, workers: .serial, origin: TensorBoardEvents.origin)
    for event in events { try log.trainingDid(event) }
  }

  @Test func aStepHasFourScalarsAndAValidationTwo() throws {
    try withTemporaryFolder { run in
      try write(
        [
          report(1), .checkpoint(step: 1, path: "none"), TensorBoardEvents.validation(1, raw: 4.5, average: 4.25),
          TensorBoardEvents.validation(2, raw: 3.5),
        ], run: run)
      #expect(
        try scalars(run) == [
          [
            "loss/train 1 4.0", "learning-rate 1 0.001", "gradient-norm 1 0.75", "samples-per-second 1 1000.0",
            "loss/validation 1 4.5", "loss/validation-average 1 4.25", "loss/validation 2 3.5",
          ]
        ])
    }
  }

  @Test func stepsAreWrittenAtTheirIntervalAndTheFirst() throws {
    try withTemporaryFolder { run in
      try write((1...10).map { report($0) }, run: run, interval: 4)
      let steps = try TensorBoardEvents.read(run)[0].filter { !$0.summary.value.isEmpty }.map(\.step)
      #expect(steps == [1, 4, 8])
    }
  }

  @Test func aScoreThatIsNotFiniteIsKept() throws {
    try withTemporaryFolder { run in
      try write([TensorBoardEvents.validation(5, raw: .nan, average: .infinity)], run: run)
      #expect(try scalars(run) == [["loss/validation 5 nan", "loss/validation-average 5 inf"]])
    }
  }

  /// The step of the checkpoint is not taken again.
  @Test func sessionsStartAfterTheStepOfTheCheckpoint() throws {
    try withTemporaryFolder { run in
      try write([report(41), .rollback(from: 42, to: 30, rateFactor: 0.5), report(31)], run: run, step: 40)
      try write([], run: run, step: 35)
      let starts = try TensorBoardEvents.read(run).map { $0.filter { $0.sessionLog.status == .start }.map(\.step) }
      #expect(starts == [[41], [31], [36]])
      #expect(try scalars(run).map(\.count) == [4, 4, 0])
    }
  }

  @Test func aSampleIsTheWholeFileAndItsPicture() throws {
    try withTemporaryFolder { run in
      let path = run + "/samples/step-3.wav"
      try Sounds.write(path, samples: 500, channels: 2)
      try write([.sample(SampleReport(step: 3), path: path)], run: run)
      let event = try #require(TensorBoardEvents.read(run)[0].last)
      #expect(event.step == 3 && event.summary.value.map(\.tag) == ["sample/audio", "sample/spectrogram"])
      let (audio, image) = (event.summary.value[0].audio, event.summary.value[1].image)
      #expect(try Array(audio.encodedAudioString) == bytes(path))
      #expect(audio.sampleRate == 8000 && audio.numChannels == 2 && audio.lengthFrames == 500)
      let picture = try SpectrogramPicture(title: "Step 3", width: Int(image.width), height: Int(image.height))
      #expect(try Array(image.encodedImageString) == picture.encoded(AudioFile.read(path)))
    }
  }

  @Test func whatIsMeasuredOfASampleStandsBesideTheRecordings() throws {
    try withTemporaryFolder { run in
      let path = run + "/samples/step-3.wav"
      try Sounds.write(path, samples: 500)
      let share = TaskMeasures.ofSamples.samples[0]
      let report = SampleReport(
        step: 3, generated: [MeasuredValue(share, 60)], recorded: [MeasuredValue(share, 97.5)])
      try write([.sample(report, path: path)], run: run)
      let values = try #require(TensorBoardEvents.read(run)[0].last).summary.value
      #expect(values.map(\.tag) == ["voiced-share/sample", "voiced-share/recordings"])
      #expect(values.map(\.simpleValue) == [60, 97.5])
    }
  }

  @Test func aSampleWithoutSamplesIsLeftOut() throws {
    try withTemporaryFolder { run in
      let path = run + "/samples/step-3.wav"
      try Sounds.write(path, samples: 0)
      try write([.sample(SampleReport(step: 3), path: path)], run: run)
      #expect(try TensorBoardEvents.read(run)[0].count == 2)
    }
  }

  @Test func aSampleThatIsGoneIsNamed() throws {
    try withTemporaryFolder { run in
      let missing = run + "/none.wav"
      #expect { try write([.sample(SampleReport(step: 3), path: missing)], run: run) } throws: {
        guard case FileFault.cannotRead(let path, _) = $0 else { return false }
        return path == missing
      }
    }
  }

  @Test func aFileThatCannotBeMadeIsNamed() throws {
    try withTemporaryFolder { run in
      let host = String(repeating: "h", count: 300)
      #expect {
        try TensorBoardLog(
          run: run, step: 0, interval: 1, workers: .serial, origin: EventOrigin(host: host, process: 1) { 0 })
      } throws: {
        guard case FileFault.cannotCreate(let path, _) = $0 else { return false }
        return path.hasPrefix(run + "/events.out.tfevents.") && path.contains(host)
      }
    }
  }
}

extension TensorBoardLogTests {
  @Test func theSettingsAreASessionOfThePlugIn() throws {
    try withTemporaryFolder { run in
      let settings = [
        Hyperparameter("rate", .number(0.5)), Hyperparameter("on", .flag(true)), Hyperparameter("name", .text("x")),
      ]
      let log = try TensorBoardLog(
        run: run, step: 3, interval: 1, hyperparameters: settings, workers: .serial, origin: TensorBoardEvents.origin)
      try log.end(succeeded: false, step: 8)
      let events = try TensorBoardEvents.read(run)[0].filter { !$0.summary.value.isEmpty }
      #expect(events.map(\.step) == [3, 8])
      let values = events.map { $0.summary.value[0] }
      #expect(values.map(\.tag) == ["_hparams_/session_start_info", "_hparams_/session_end_info"])
      #expect(values.allSatisfy { $0.metadata.pluginData.pluginName == "hparams" && $0.tensor.dtype == .float })
      let contents = try values.map {
        try TensorBoardHyperparameterData(serializedBytes: Array($0.metadata.pluginData.content))
      }
      let start = contents[0].sessionStartInfo
      #expect(start.startTimeSecs == TensorBoardEvents.origin.now())
      #expect(start.hparams["rate"]?.numberValue == 0.5 && start.hparams["on"]?.boolValue == true)
      #expect(start.hparams["name"]?.stringValue == "x" && start.hparams.count == 3)
      #expect(contents[1].sessionEndInfo.status == .failure)
    }
  }

  @Test func settingsOfADocumentKeepTheirKind() {
    #expect(Hyperparameter("a", JSON.null) == nil)
    #expect(Hyperparameter("a", JSON(2)) == Hyperparameter("a", .number(2)))
    #expect(Hyperparameter("a", JSON(true)) == Hyperparameter("a", .flag(true)))
    #expect(Hyperparameter("a", JSON("b")) == Hyperparameter("a", .text("b")))
    #expect(Hyperparameter("a", JSON.array([JSON(1), JSON(2)])) == Hyperparameter("a", .text("[1,2]")))
    #expect(Hyperparameter("a", JSON.number("1e999")) == Hyperparameter("a", .text("1e999")))
  }
}
