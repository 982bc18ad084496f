import Foundation
import TestSupport
import Testing

@testable import Kodama

/// Networks of every output from recordings to sound.
@Suite struct OutputDistributionTests {
  static let outputs: [String: WaveNetConfiguration] = [
    "1,024 classes": configuration { $0.classes = 1024 },
    "512 classes of scalar input, pre-emphasis": configuration {
      ($0.classes, $0.input, $0.preemphasis) = (512, .scalar, 0.9)
    },
    "mixture of logistics": configuration { ($0.output, $0.input, $0.mixtureComponents) = (.logistics, .scalar, 3) },
    "Gaussian, pre-emphasis": configuration {
      ($0.output, $0.input, $0.mixtureComponents, $0.preemphasis) = (.gaussians, .scalar, 1, 0.9)
    },
  ]

  private static func configuration(_ change: (inout WaveNetConfiguration) -> Void) -> WaveNetConfiguration {
    var configuration = Sounds.configuration
    configuration.classes = WaveNetConfiguration.defaultClasses
    change(&configuration)
    return configuration
  }

  private func settings(_ name: String) -> TrainingSettings {
    var settings = Sounds.settings
    settings.architecture = Self.outputs[name]!
    settings.plan.training.use(.adam)
    settings.plan.learningRate = 0.01
    settings.sampleRate = Sounds.sampleRate
    (settings.validationInterval, settings.checkpointInterval, settings.sampleInterval) = (120, 120, 120)
    return settings
  }

  /// The raw bits per sample of the validations, and the folder of the model that comes out.
  private func train(_ name: String, in folder: String) throws -> (first: Double, last: Double) {
    try Sounds.writeCorpus(folder + "/corpus", samples: [2000, 3000, 2500, 1500])
    final class Listener: TrainingObserver {
      var losses: [Double] = []
      func trainingDid(_ event: TrainingEvent) {
        if case .step(let report) = event { losses.append(report.loss.value) }
      }
    }
    let listener = Listener()
    let job = try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/run", settings: settings(name), workers: Workers(threads: 2))
    try job.train(until: .steps(120), observers: [listener])
    func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
    return (mean(listener.losses.prefix(3)), mean(listener.losses.suffix(20)))
  }

  @Test(arguments: outputs.keys.sorted()) func aNetworkOfAnyOutputLearnsGeneratesAndIsScored(name: String) throws {
    try withTemporaryFolder { folder in
      let (first, last) = try train(name, in: folder)
      #expect(last < first - 0.5, "from \(first) to \(last) bits")

      let model = try WaveNetModel.load(folder + "/run")
      #expect(model.configuration == Self.outputs[name]!)
      #expect(try AudioFile.read(folder + "/run/samples/step-120.wav").frames == 80)
      let sound = try GenerationJob(model: model, samples: 400, workers: .serial).waveforms(streams: 2)
      #expect(sound[0] != sound[1] && sound[0].mono.nonemptyAllSatisfy { abs($0) <= 1 })

      let score = try ScoreJob(model: model, corpus: folder + "/corpus", workers: .serial).score()
      #expect(score.levels == model.configuration.levels && score.preemphasis == model.configuration.preemphasis)
      // Learned a little, and on 16 bits less than 16.
      #expect(score.bitsPerSample < first - 0.5 && score.bitsPerSample16 < 15)
      #expect(score.bitsPerSample16 > score.bitsPerSample || model.configuration.output != .softmax)
      #expect(score.bitsPerSample16 == score.bitsPerSample || model.configuration.output == .softmax)
      var filter = PreEmphasis(model.configuration.preemphasis)
      var scorer = SequenceScorer(network: model.network, parameters: model.parameters, workspace: Workspace())
      scorer.add(filter.apply(try AudioFile.read(folder + "/corpus/0.wav").mono))
      scorer.finish()
      #expect(abs(score.files[0].bitsPerSample - scorer.bits / 2000) < 1e-4)

      // Going on is going on with the same.
      let settings = try TrainingJob.settings(ofRun: folder + "/run")
      #expect(settings.architecture == model.configuration)
      let job = try TrainingJob(
        corpus: folder + "/corpus", run: folder + "/run", settings: settings, resuming: true, workers: .serial)
      #expect(job.firstStep == 120)
    }
  }

  @Test(arguments: ["mixture of logistics", "Gaussian, pre-emphasis"], [Precision.bfloat16, .int8])
  func aMixtureIsQuantized(name: String, precision: Precision) throws {
    try withTemporaryFolder { folder in
      _ = try train(name, in: folder)
      let model = try WaveNetModel.load(folder + "/run")
      for calibration in [nil, folder + "/corpus"] {
        let job = try QuantizationJob(
          model: model, quantization: Quantization(precision), calibration: calibration, workers: .serial)
        let quantized = try job.quantize()
        let report = try job.compare(quantized, seconds: 0.5)
        #expect(abs(report.bitsPerSampleAfter - report.bitsPerSampleBefore) < 1)
        #expect(try #require(report.signalToNoiseDecibels) > 10)
        try quantized.save(to: folder + "/q", existing: .replace)
        let loaded = try InferenceModel.load(folder + "/q")
        #expect(loaded == quantized)
        let sound = try GenerationJob(model: loaded, samples: 200, workers: .serial).waveforms()
        #expect(Set(sound[0].mono).count > 20)
      }
    }
  }

  @Test(arguments: ["mixture of logistics", "Gaussian, pre-emphasis"]) func benchmarksTakeMixtures(name: String) throws
  {
    let configuration = Self.outputs[name]!
    let trained = try TrainingBenchmark(configuration: configuration, batch: 1, crop: 100).run(
      steps: 1, workers: .serial)
    #expect(trained.lastBitsPerSample > 10 && trained.lastBitsPerSample.isFinite)
    let generated = try GenerationBenchmark(configuration: configuration, streams: 2).run(samples: 50, rounds: 1)
    #expect(generated.largestDifference < 1e-5)
  }

  @Test func theLikeliestClassesOfAMixtureAreAnErrorOfUse() throws {
    let model = try WaveNetModel(
      sampleRate: 8000, configuration: Self.outputs["mixture of logistics"]!, seed: 1)
    #expect(throws: GenerationFault.needsClasses(option: "top-k", output: .logistics)) {
      try GenerationJob(model: model, samples: 1, sampling: SamplingOptions(topK: 5))
    }
  }

  @Test func aPrimeWithPreEmphasisHasTheSampleBefore() throws {
    try withTemporaryFolder { folder in
      try Sounds.write(folder + "/a.wav", samples: 500)
      for (name, extra) in [("mixture of logistics", 0), ("Gaussian, pre-emphasis", 1)] {
        let model = try WaveNetModel(sampleRate: Sounds.sampleRate, configuration: Self.outputs[name]!, seed: 1)
        let prime = try PrimeRecording(folder + "/a.wav", for: model).samples
        #expect(prime.count == model.configuration.receptiveField + extra)
        // What comes before it changes nothing.
        let recording = try AudioFile.read(folder + "/a.wav").mono
        func following(_ prime: [Float]) throws -> [Float] {
          var stream = WaveNetStream(try WaveNetEngine(InferenceModel(model)), seed: 1)
          stream.prime(hearing: prime)
          return stream.withLogits { logits in logits.indices.map { logits[$0] } }
        }
        #expect(try following(prime) == following(recording))
      }
    }
  }
}
