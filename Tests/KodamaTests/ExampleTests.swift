import Kodama
import Snippets
import TestSupport
import Testing

/// What a person writes who imports the library, and nothing else: no testable import here.
@Suite struct ExampleTests {
  @Test func trainGenerateAndScore() throws {
    try withTemporaryFolder { folder in
      for number in 0..<3 {
        let tone = (0..<4000).map { Float($0 % (20 + number)) / 40 - 0.25 }
        try write([], to: folder + "/recordings/\(number).wav")
        try AudioWriter.write(
          Waveform(tone, sampleRate: 8000), to: folder + "/recordings/\(number).wav", existing: .replace)
      }
      var settings = TrainingSettings(.tiny)
      settings.plan.batchSize = 1
      settings.sampleSeconds = 0.1

      let job = try TrainingJob(corpus: folder + "/recordings", run: folder + "/run", settings: settings)
      try job.train(until: .steps(2))
      let model = try WaveNetModel.load(folder + "/run")
      try GenerationJob(model: model, seed: 1, samples: 800).write(to: [folder + "/out.wav"])
      let score = try ScoreJob(model: model, corpus: folder + "/recordings").score()
      #expect(try AudioFile.read(folder + "/out.wav").frames == 800)
      #expect(score.bitsPerSample > 0 && score.bitsPerSample < 9)
    }
  }

  /// What the page on networks of one's own shows.
  @Test func trainAnotherNetwork() throws {
    try withTemporaryFolder { folder in
      _ = try trainRing(run: folder + "/run", steps: 20)
      #expect(try trainRing(run: folder + "/run", steps: 400, resuming: true).step == 400)
      let history = try TrainingHistory(run: folder + "/run")
      let accuracy = try #require(history.steps.last?.values[Measure("accuracy")])
      #expect(accuracy > 0.9, "\(accuracy)")
    }
  }

  /// What the page on convolution and normalization says beside its lines.
  @Test func convolveAndNormalize() throws {
    #expect(outputLengths() == [4, 7, 1])
    #expect(try shapeAfterTwoLayers([Float](repeating: 0, count: 8000)) == [1, 12, 16])
    // Too short for the convolution, and for the pooling.
    for count in [0, 399, 879] {
      #expect(throws: GeometryFault.self) { try shapeAfterTwoLayers([Float](repeating: 0, count: count)) }
    }
    let cost = multiplyAdds()
    #expect(cost.ordinary == 56 * 56 * 9 * 64 * 128 && cost.ordinary == 231_211_008)
    #expect(cost.separable == 1_806_336 + 25_690_112)
    #expect(upsampledLength() == 400)
    #expect(normalizedMap().shape == [2, 16, 16, 16])
    #expect(normalizations().count == 6)
  }

  /// The figures of the page on reinforcement learning beside its examples.
  @Test func learnToAct() throws {
    let (sarsa, qLearning) = (try rewardAlongTheCliff(.sarsa), try rewardAlongTheCliff(.qLearning))
    // Means of 100 episodes deviate by about 6.
    #expect((sarsa + 28).magnitude < 20 && (qLearning + 50).magnitude < 20 && sarsa > qLearning)
    #expect((100...150).contains(try stepsOutOfTheValley()))
    #expect(try stepsOfThePole() > 300)
    // The heap that remains must be a multiple of four.
    for stones in [5, 6, 7, 10] {
      let best = try #require(try bestMove(stones: stones))
      #expect(best.move == stones % 4 && best.value > 0.9, "\(stones): \(best)")
    }
  }
}
