import Foundation
import TestSupport
import Testing

@testable import Kodama

/// Copies from features, and sound from features that arrive one by one.
@Suite struct CopySynthesisJobTests {
  /// An untrained network that hears log-mel features, its weights large enough for them to matter.
  private static func model(
    _ features: FeatureConditioning? = FeatureConditioning(.logMel(FeaturesJobTests.convention), contextFrames: 1)
  ) -> InferenceModel {
    var configuration = Sounds.configuration
    configuration.conditioning.features = features
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    parameters.scale(by: 4)
    return InferenceModel(
      WaveNetModel(sampleRate: Sounds.sampleRate, configuration: configuration, parameters: parameters))
  }

  private static func features(_ path: String) throws -> FeatureSequence {
    let features = try LogMel(FeaturesJobTests.convention)(AudioFile.read(path).mono)
    return FeatureSequence(features.values, channels: features.bands)
  }

  @Test func aCopyIsWhatTheStreamOfItsNumberMakes() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/in")
      let job = try CopySynthesisJob(model: Self.model(), of: folder + "/in", output: folder + "/out", seed: 7)
      #expect(job.isOfFolder && job.warnings.isEmpty)
      try job.prepare()
      var recordings = 0
      #expect(try job.write(encoding: AudioEncoding(.wav, .float32), progress: { done, _ in recordings = done }))
      #expect(recordings <= 4)
      let engine = try WaveNetEngine(Self.model())
      for (number, count) in [900, 2100, 1300, 150].enumerated() {
        let conditions = Conditions.none.with(try Self.features(folder + "/in/\(number).wav"))
        var stream = WaveNetStream(engine, seed: 7, number: number, conditions: conditions)
        let expected = (0..<count).map { _ in engine.decodingTable[Int(stream.next())] }
        #expect(try AudioFile.read(folder + "/out/\(number).wav").mono == expected, "\(number)")
      }
    }
  }

  @Test func whatIsRefinedIsCloserToItsFeatures() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/in", samples: [900, 5000])
      func copy(_ name: String, _ refinement: GriffinLim?) throws -> [[Float]] {
        let job = try CopySynthesisJob(
          model: Self.model(), of: folder + "/in", output: folder + "/" + name, method: .model(refinement: refinement))
        try job.prepare()
        #expect(try job.write(encoding: AudioEncoding(.wav, .float32)))
        return try (0..<2).map { try AudioFile.read("\(folder)/\(name)/\($0).wav").mono }
      }
      let (plain, refined) = (try copy("plain", nil), try copy("refined", GriffinLim(iterations: 5)))
      let logMel = try LogMel(FeaturesJobTests.convention)
      for number in 0..<2 {
        let wanted = try logMel(AudioFile.read("\(folder)/in/\(number).wav").mono)
        let expected = try logMel.refined(plain[number], to: wanted, phases: GriffinLim(iterations: 5))
        #expect(refined[number] == expected.map { max(-1, min(1, $0)) })
        func distance(_ samples: [Float]) throws -> Float {
          try paired(logMel(samples).values, wanted.values).reduce(0) { $0 + abs($1.0 - $1.1) }
        }
        #expect(try distance(refined[number]) < distance(plain[number]) / 2)
      }
    }
  }

  @Test func soundOfGivenFeaturesIsRefinedInMemoryToo() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/a.wav", samples: 2500)
      let features = try Self.features(folder + "/a.wav")
      func waveform(samples: Int?, _ refinement: GriffinLim?) throws -> [Float] {
        try GenerationJob(
          model: Self.model(), samples: samples, conditions: [Conditions.none.with(features)], refinement: refinement
        ).waveforms()[0].mono
      }
      let logMel = try LogMel(FeaturesJobTests.convention)
      // As long as the features reach, which is a frame less than centred frames of it would be; and the beginning.
      for samples in [nil, 1000] {
        let plain = try waveform(samples: samples, nil)
        let count = FeaturesJobTests.convention.frames(ofSamples: plain.count)
        let wanted = Spectrogram(frames: count, bands: features.channels, values: features.frames(0..<count))
        let expected = try logMel.refined(plain, to: wanted, phases: GriffinLim(iterations: 2))
        #expect(
          try waveform(samples: samples, GriffinLim(iterations: 2)) == expected.map { max(-1, min(1, $0)) })
      }
    }
  }

  @Test func onlyLogMelFeaturesRefine() {
    let frames = FeatureConditioning(.frames(channels: 3, hopLength: 40))
    for features in [nil, frames] {
      #expect(throws: FeatureFault.cannotRefine(features)) {
        try GenerationJob(
          model: Self.model(features), samples: 10,
          conditions: [Conditions.none.with(features.map { _ in FeatureSequence([1, 2, 3], channels: 3) })],
          refinement: GriffinLim())
      }
    }
  }

  @Test func distancesAreThoseOfTheMetrics() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/a.wav", samples: 5000)
      let job = try CopySynthesisJob(
        model: Self.model(), of: folder + "/a.wav", output: folder + "/b.wav", method: .griffinLim(GriffinLim(seed: 1)))
      try job.prepare()
      #expect(try job.write())
      let distance = try #require(try job.distances().first)
      let metrics = [try Metric.named("mcd"), try Metric.named("mr-stft")]
      let pair = try Evaluation(metrics: metrics).compare(pairs: [
        (
          reference: Sound(name: "a") { try FileSource(folder + "/a.wav") },
          generated: Sound(name: "b") { try FileSource(folder + "/b.wav") }
        )
      ]).pairs[0]
      #expect(distance.recording == folder + "/a.wav" && distance.copy == folder + "/b.wav")
      #expect(try #require(distance.melCepstralDistortion) == #require(pair[metrics[0]]?.value))
      #expect(try #require(distance.multiResolutionSTFTDistance) == #require(pair[metrics[1]]?.value))
      let keys = try JSONSerialization.jsonObject(with: JSONEncoder().encode(distance)) as? [String: Any]
      #expect(
        keys?.keys.sorted() == ["copy", "melCepstralDistortion", "multiResolutionSTFTDistance", "recording"])
    }
  }

  @Test func whatIsStoppedLeavesNoHalfCopy() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/in", samples: [1000, 9000])
      let job = try CopySynthesisJob(
        model: Self.model(), of: folder + "/in", output: folder + "/out", workers: .serial)
      try job.prepare()
      var blocks = 0
      let isWhole = try job.write(progress: { _, _ in blocks += 1 }, shouldStop: { blocks == 3 })
      #expect(!isWhole && blocks == 3)
      #expect(try names(in: folder + "/out").isEmpty)
    }
  }

  /// Where the phases are being found, be it of features alone or of what the model made.
  @Test(arguments: [CopySynthesisJob.Method.griffinLim(GriffinLim()), .model(refinement: GriffinLim(iterations: 20))])
  func aStopWithinARecordingKeepsNothing(method: CopySynthesisJob.Method) throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/in", samples: [3000])
      let job = try CopySynthesisJob(
        model: Self.model(), of: folder + "/in", output: folder + "/out", method: method, workers: .serial)
      try job.prepare()
      var questions = 0
      let isWhole = try job.write(shouldStop: {
        questions += 1
        return questions == 9
      })
      #expect(!isWhole && questions == 9)
      #expect(try names(in: folder + "/out").isEmpty)
    }
  }

  @Test func aStopWhileSoundIsRefinedKeepsItAsTheModelMadeIt() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/a.wav", samples: 3000)
      let conditions = Conditions.none.with(try Self.features(folder + "/a.wav"))
      func job(_ refinement: GriffinLim?) throws -> GenerationJob {
        try GenerationJob(model: Self.model(), samples: 3000, conditions: [conditions], refinement: refinement)
      }
      #expect(try job(nil).write(to: [folder + "/plain.wav"]) == 3000)
      var questions = 0
      let done = try job(GriffinLim()).write(
        to: [folder + "/stopped.wav"],
        shouldStop: {
          questions += 1
          return questions == 9
        })
      #expect(done == 0 && questions == 9)
      #expect(try AudioFile.read(folder + "/stopped.wav") == AudioFile.read(folder + "/plain.wav"))
      #expect(try job(GriffinLim(iterations: 1)).write(to: [folder + "/refined.wav"]) == 3000)
      #expect(try AudioFile.read(folder + "/refined.wav") != AudioFile.read(folder + "/plain.wav"))
    }
  }

  @Test func silentRecordingsOfAFolderAreLeftOutAndNamed() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/in", samples: [1000, 900])
      try AudioWriter.write(
        Waveform([Float](repeating: 0, count: 500), sampleRate: Sounds.sampleRate), to: folder + "/in/silent.wav",
        existing: .refuse)
      let job = try CopySynthesisJob(model: Self.model(), of: folder + "/in", output: folder + "/out")
      #expect(job.recordings.count == 2)
      #expect(job.warnings.contains { $0.contains("1 empty or silent file left out: silent.wav") }, "\(job.warnings)")
    }
  }

  @Test func featuresBelongToTheFoldersAboveThem() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/made", withIntermediateDirectories: true)
      try FeatureFolder.writeDocument(FeaturesJobTests.convention, channel: .mix, toFolder: folder + "/made")
      for name in ["made/deep/a.npy", "other/../made/a.npy"] {
        #expect(try FeatureFolder.holding(folder + "/" + name)?.convention == FeaturesJobTests.convention)
      }
      // The name goes through the folder of others.
      #expect(try FeatureFolder.holding(folder + "/made/../other/a.npy") == nil)
    }
  }

  @Test func modelsThatHearSomethingElseAreRefused() throws {
    let frames = FeatureConditioning(.frames(channels: 3, hopLength: 40))
    for (features, fault) in [
      (nil, WaveNetFault.notConditionedOnFeatures), (frames, .missingFeatures(frames)),
    ] as [(FeatureConditioning?, WaveNetFault)] {
      #expect(throws: fault) { try CopySynthesisJob(model: Self.model(features), of: "a.wav", output: "b.wav") }
    }
    #expect(throws: WaveNetFault.notConditionedOnFeatures) { try FeatureStreamJob(model: Self.model(nil)) }
  }

  @Test func framesThatArriveMakeWhatTheyMakeTogether() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/a.wav", samples: 2500)
      let features = try Self.features(folder + "/a.wav")
      let whole = try GenerationJob(
        model: Self.model(), seed: 3, samples: nil, conditions: [Conditions.none.with(features)]
      ).waveforms()[0]
      let job = try FeatureStreamJob(model: Self.model(), seed: 3)
      #expect(job.latency == 2 * 32)
      var (given, samples) = (0, [Float]())
      let written = try job.run(
        frames: {
          // Everything that may be known is there before the next frame is asked for.
          #expect(samples.count == max(0, given - 2) * 32)
          if given == features.frames { return nil }
          given += 1
          return features.frames(given - 1..<given)
        }, output: { samples += $0 })
      #expect(written == features.frames * 32)
      #expect(Waveform(samples, sampleRate: Sounds.sampleRate) == whole)
    }
  }

  @Test func framesOfAnotherWidthAndNoneAreSaid() throws {
    let job = try FeatureStreamJob(model: Self.model())
    let error = #expect(throws: WaveNetFault.self) { try job.run(frames: { [1, 2, 3] }, output: { _ in }) }
    guard case .featureChannels(3, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try job.run(frames: { nil }, output: { _ in Issue.record("samples of nothing") }) == 0)
  }
}
