import Testing

@testable import Kodama

@Suite struct BenchmarkTests {
  @Test func trainingTimesEveryStepButTheFirst() throws {
    let result = try TrainingBenchmark(configuration: Sounds.configuration, batch: 2, crop: 100).run(
      steps: 3, workers: Workers(threads: 2))
    #expect(result.stepSeconds.count == 3 && result.stepSeconds.allSatisfy { $0 > 0 })
    #expect(result.threads == 2)
    // 64 random classes cost about six bits.
    #expect(abs(result.lastBitsPerSample - 6) < 0.5)
    let median = result.stepSeconds.sorted()[1]
    #expect(abs(result.samplesPerSecond - 200 / median) < 1e-6 * result.samplesPerSecond)
  }

  @Test func moreThanTheMachineHoldsIsRefusedBeforeItIsAskedFor() {
    let reference = Preset.reference.configuration
    #expect(throws: TrainingFault.self) {
      try TrainingBenchmark(configuration: reference, batch: 2, crop: 10_000_000)
    }
    var settings = TrainingSettings(.reference)
    (settings.plan.batchSize, settings.plan.cropSamples) = (16, 10_000_000)
    #expect {
      try settings.validate()
    } throws: {
      let fault = $0 as? TrainingFault
      return fault?.exitStatus == .usage && "\(fault!)".contains("1 crop of 10000000 samples")
    }
  }

  @Test func generationIsCheckedBeforeItIsTimed() throws {
    let result = try GenerationBenchmark(configuration: Sounds.configuration).run(samples: 50, rounds: 3)
    #expect(result.rounds.count == 3 && result.rounds.allSatisfy { $0 > 0 })
    #expect(result.samplesPerSecond == result.rounds.sorted()[1])
    #expect(result.largestDifference < 1e-5)
  }

  @Test func convolutionsAreCheckedBeforeTheyAreTimed() throws {
    for sample in ConvolutionBenchmark.Case.all {
      let results = try ConvolutionBenchmark(cases: [sample], batch: 1).run(rounds: 1, workers: Workers(threads: 2))
      let result = try #require(results.cases.first)
      #expect(results.cases.count == 1 && results.batch == 1 && result.name == sample.name)
      #expect(result.forwardSeconds > 0 && result.backwardSeconds > 0 && result.multiplyAdds > 0)
      let probes = [result.output, result.inputGradient] + result.weightGradients + result.biasGradients
      #expect(probes.allSatisfy { $0.elements.count == 64 && $0.squares > 0 })
    }
  }
}
