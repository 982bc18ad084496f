import Foundation
import TestSupport
import Testing

@testable import Kodama

@Suite struct FeatureTrainingTests {
  private static let convention = FeaturesJobTests.convention

  private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = Sounds.settings
    settings.sampleRate = Sounds.sampleRate
    settings.validationInterval = 4
    settings.sampleInterval = 4
    change(&settings)
    return settings
  }

  private func train(
    _ folder: String, run: String, steps: Int = 4, resuming: Bool = false, allowChanges: Bool = false,
    workers: Workers = .serial, _ settings: TrainingSettings
  ) throws -> [UInt8] {
    let job = try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, resuming: resuming,
      allowChanges: allowChanges, workers: workers)
    try job.train(until: .steps(steps))
    return try bytes(folder + "/\(run)/checkpoints/step-\(steps)/model.safetensors")
  }

  @Test func cachedAndComputedFeaturesTrainTheSameWeights() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try FeaturesJobTests.compute(folder)
      let hearing = settings {
        $0.architecture.conditioning.features = FeatureConditioning(.logMel(Self.convention), contextFrames: 1)
      }
      let computed = try train(folder, run: "computed", hearing)
      var folders = hearing
      folders.featureSource = folder + "/features"
      #expect(try train(folder, run: "stored", workers: Workers(threads: 3), folders) == computed)
      let scores = try ["computed", "stored"].map { run in
        try String(contentsOfFile: folder + "/\(run)/metrics.jsonl", encoding: .utf8).split(separator: "\n")
          .filter { $0.contains("validation") }
      }
      #expect(!scores[0].isEmpty && scores[0] == scores[1])
      // Samples of audio copy recordings.
      for run in ["computed", "stored"] { #expect(try names(in: folder + "/\(run)/samples") == ["step-4.wav"]) }
      #expect(
        try bytes(folder + "/computed/samples/step-4.wav") == bytes(folder + "/stored/samples/step-4.wav"))
      let deaf = try train(folder, run: "deaf", settings())
      #expect(deaf != computed)
    }
  }

  @Test func aFolderSaysWhatIsHeardAndARunRemembersIt() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try FeaturesJobTests.compute(folder)
      let told = settings { $0.featureSource = folder + "/features" }
      let whole = try train(folder, run: "whole", told)
      _ = try train(folder, run: "parts", steps: 2, told)
      let kept = try TrainingJob.settings(ofRun: folder + "/parts")
      #expect(kept.featureSource == folder + "/features")
      #expect(
        kept.architecture.conditioning.features
          == FeatureConditioning(.logMel(Self.convention), contextFrames: 2))
      #expect(try train(folder, run: "parts", resuming: true, kept) == whole)

      // Other numbers in the folder are other features.
      let path = folder + "/features/0.npy"
      let matrix = try NumpyMatrix(contentsOf: path)
      let louder = NumpyMatrix(rows: matrix.rows, columns: matrix.columns, values: matrix.values.map { $0 + 0.5 })
      try louder.write(to: path, existing: .replace)
      let error = #expect(throws: TrainingFault.self) {
        try train(folder, run: "parts", steps: 6, resuming: true, kept)
      }
      #expect("\(try #require(error))".contains("other features"))
      _ = try train(folder, run: "parts", steps: 6, resuming: true, allowChanges: true, kept)
    }
  }

  @Test func melIsTheStandardConventionOfTheRate() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      _ = try train(folder, run: "run", steps: 1, settings { $0.featureSource = "mel" })
      let heard = try WaveNetModel.load(folder + "/run").configuration.conditioning.features
      #expect(heard == FeatureConditioning(.logMel(.standard(sampleRate: 8000)), contextFrames: 2))
    }
  }

  @Test func featuresWithoutAConventionNeedTheirHop() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try FeaturesJobTests.compute(folder)
      try FileManager.default.removeItem(atPath: folder + "/features/features.json")
      #expect(throws: FeatureSettingsFault.noHop(folder: folder + "/features")) {
        try train(folder, run: "none", settings { $0.featureSource = folder + "/features" })
      }
      let told = settings {
        $0.featureSource = folder + "/features"
        $0.featureHop = 32
      }
      _ = try train(folder, run: "run", steps: 1, told)
      let heard = try WaveNetModel.load(folder + "/run").configuration.conditioning.features
      #expect(heard?.source == .frames(channels: 12, hopLength: 32))
    }
  }

  @Test func aSecondRecordingIsHeard() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Sounds.writeCorpus(folder + "/dry")
      let told = settings { $0.signal = folder + "/dry" }
      let weights = try train(folder, run: "run", told)
      #expect(try WaveNetModel.load(folder + "/run").configuration.conditioning.features?.source == .signal)
      _ = try train(folder, run: "parts", steps: 2, told)
      #expect(
        try train(folder, run: "parts", resuming: true, TrainingJob.settings(ofRun: folder + "/parts")) == weights)
    }
  }

  @Test func validationInAFolderOfItsOwnHasItsFeatures() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try Sounds.writeCorpus(folder + "/other/corpus", samples: [700, 800])
      try FeaturesJobTests.compute(folder)
      try FeaturesJobTests.compute(folder + "/other")
      func scores(_ run: String, _ change: (inout TrainingSettings) -> Void) throws -> [Substring] {
        let job = try TrainingJob(
          corpus: folder + "/corpus", validationFolder: folder + "/other/corpus", run: folder + "/" + run,
          settings: settings {
            $0.featureSource = folder + "/features"
            change(&$0)
          }, workers: .serial)
        try job.train(until: .steps(4))
        return try String(contentsOfFile: folder + "/\(run)/metrics.jsonl", encoding: .utf8).split(separator: "\n")
          .filter { $0.contains("validation") }
      }
      let computed = try scores("computed") { _ in }
      #expect(try scores("stored") { $0.validationFeatures = folder + "/other/features" } == computed)
      #expect(throws: FeatureFault.self) { try scores("wrong") { $0.validationFeatures = folder + "/features" } }
      for (field, change) in [
        ("validation signal", { $0.signal = folder + "/corpus" }),
        (
          "validation features",
          {
            $0.architecture.conditioning.features = FeatureConditioning(.frames(channels: 12, hopLength: 32))
            $0.featureSource = folder + "/features"
          }
        ),
      ] as [(String, (inout TrainingSettings) -> Void)] {
        let error = #expect(throws: FeatureSettingsFault.self) {
          try TrainingJob(
            corpus: folder + "/corpus", validationFolder: folder + "/other/corpus", run: folder + "/" + field,
            settings: settings(change), workers: .serial)
        }
        #expect("\(try #require(error))".contains(field))
      }
    }
  }

  @Test func settingsThatContradictEachOtherAreRefused() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try FeaturesJobTests.compute(folder)
      let mel = FeatureConditioning(.logMel(Self.convention))
      let cases: [(String, (inout TrainingSettings) -> Void)] = [
        (
          "leave out one of them",
          {
            $0.featureSource = "mel"
            $0.signal = folder + "/corpus"
          }
        ),
        (
          "belong to whole recordings",
          {
            $0.featureSource = folder + "/features"
            $0.trimming = SilenceTrimming()
          }
        ),
        (
          "not on a second recording",
          {
            $0.architecture.conditioning.features = mel
            $0.signal = folder + "/corpus"
          }
        ),
        (
          "feature hop: 64 samples, and the network's is 32",
          {
            $0.architecture.conditioning.features = mel
            $0.featureHop = 64
          }
        ),
        (
          "give the folder of them",
          { $0.architecture.conditioning.features = FeatureConditioning(.signal) }
        ),
        (
          "7 channels every 32 samples",
          { $0.architecture.conditioning.features = FeatureConditioning(.frames(channels: 7, hopLength: 32)) }
        ),
        (
          "8000, which conditioning.features.log_mel is for",
          {
            $0.architecture.conditioning.features = mel
            $0.sampleRate = 16_000
          }
        ),
      ]
      for (text, change) in cases {
        let error = #expect(throws: (any Error).self) { try train(folder, run: "run \(text.count)", settings(change)) }
        #expect("\(try #require(error))".contains(text), "\(String(describing: error))")
      }
    }
  }
}
