import Kodama
import TestSupport
import Testing

/// Training with products that are rounded to bfloat16, in steps of more than one pass.
@Suite struct PrecisionTests {
  private func settings(_ precision: ProductPrecision) -> TrainingSettings {
    var settings = TrainingSettings(
      architecture: WaveNetConfiguration(
        dilations: [1, 2, 4, 8], residualChannels: 16, gateChannels: 16, skipChannels: 32, headChannels: 32),
      plan: TrainingPlan())
    (settings.plan.batchSize, settings.plan.cropSamples) = (3, 3000)
    settings.plan.precision = precision
    (settings.checkpointInterval, settings.validationInterval, settings.sampleInterval) = (1000, 1000, 1000)
    settings.sampleSeconds = 0.01
    return settings
  }

  /// Two sessions on three threads come to the bytes of one on one thread, in both precisions, whose weights differ.
  @Test func theSameBitsWhereverItIsInterruptedAndWhateverTheThreads() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus", samples: [12_000, 9000, 15_000, 12_000])
      var weights: [String: [UInt8]] = [:]
      for precision in ProductPrecision.allCases {
        func train(_ run: String, until steps: Int, resuming: Bool = false, threads: Int) throws {
          let base =
            try resuming ? TrainingJob.settings(ofRun: "\(folder)/\(precision)-\(run)") : settings(precision)
          #expect(base.plan.precision == precision)
          _ = try TrainingJob(
            corpus: folder + "/corpus", run: "\(folder)/\(precision)-\(run)", settings: base, resuming: resuming,
            workers: Workers(threads: threads)
          ).train(until: .steps(steps))
        }
        try train("whole", until: 4, threads: 1)
        try train("parts", until: 2, threads: 3)
        try train("parts", until: 4, resuming: true, threads: 3)
        for name in ["model.safetensors", "average.safetensors", "trainer.safetensors"] {
          let paths = ["whole", "parts"].map { "\(folder)/\(precision)-\($0)/checkpoints/step-4/" + name }
          #expect(try bytes(paths[0]) == bytes(paths[1]), "\(precision) \(name)")
        }
        weights[precision.rawValue] = Array(
          try bytes("\(folder)/\(precision)-whole/checkpoints/step-4/model.safetensors"))
      }
      #expect(weights["f32"] != weights["bf16"])
    }
  }

  /// The inputs and gates of blocks take two bytes in place of four.
  @Test func theEstimateOfMemory() {
    let c = Preset.reference.configuration
    let full = c.trainingBytes(batch: 1, crop: 8000)
    let rounded = c.trainingBytes(batch: 1, crop: 8000, precision: .bfloat16)
    #expect(full - rounded == Double(2 * 8000 * c.dilations.count * (c.residualChannels + 2 * c.gateChannels)))
    #expect(rounded > 0.5 * full)
  }
}
