import Foundation
import TestSupport
import Testing

@testable import Kodama

/// Scores of sounds by a classifier. The numbers are those of recognition_golden.py, by numpy 2.4 and scipy.
@Suite struct RecognitionMetricsTests {
  private func vectors(_ count: Int, _ width: Int, seed: Double) -> [[Double]] {
    (0..<count).map { row in
      (0..<width).map { column in
        let i = Double(row * width + column)
        return sin(0.37 * i * i + 0.61 * i + seed)
      }
    }
  }

  @Test func distancesAndScoresAreThoseOfNumpy() throws {
    let a = vectors(12, 5, seed: 1)
    let b = vectors(9, 5, seed: 2).map { $0.map { 0.5 * $0 + 0.3 } }
    let frechet = try #require(EmbeddingStatistics.frechetDistance(a, b))
    #expect(abs(frechet - 1.569981252849848) < 1e-9)
    let kernels = EmbeddingStatistics.kernels(a + b)
    let kernel = try #require(EmbeddingStatistics.kernelDistance(kernels, Array(0..<12), Array(12..<21)))
    #expect(abs(kernel - 0.2614243882374492) < 1e-12)
    let exponentials = vectors(7, 4, seed: 3).map { $0.map { exp(2 * $0) } }
    let probabilities = exponentials.map { row in row.map { $0 / row.reduce(0, +) } }
    let inception = try #require(EmbeddingStatistics.inceptionScore(probabilities))
    #expect(abs(inception - 1.404890937700662) < 1e-12)
  }

  @Test func setsAreAtNoDistanceFromThemselvesAndScoresHaveTheirBounds() throws {
    let a = vectors(20, 6, seed: 4)
    #expect(abs(try #require(EmbeddingStatistics.frechetDistance(a, a))) < 1e-6)
    #expect(EmbeddingStatistics.frechetDistance([a[0]], a) == nil)
    #expect(EmbeddingStatistics.kernelDistance(EmbeddingStatistics.kernels(a), [0], [1, 2]) == nil)
    #expect(EmbeddingStatistics.inceptionScore([]) == nil)
    #expect(EmbeddingStatistics.inceptionScore([[0.25, 0.75], [0.25, 0.75]]) == 1)
    let certain = (0..<4).map { label in (0..<4).map { $0 == label ? 1.0 : 0 } }
    #expect(abs(try #require(EmbeddingStatistics.inceptionScore(certain)) - 4) < 1e-12)
    // Of a mean the jackknife gives the usual standard error, s / √n; of the difference of two means their sum of squares.
    let values = (0..<20).map { sin(3 * Double($0)) }
    func mean(_ rows: [Int]) -> Double { rows.reduce(0) { $0 + values[$1] } / Double(rows.count) }
    let center = mean(Array(0..<20))
    let variance = values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 19
    let interval = try #require(
      EmbeddingStatistics.interval(of: 5, counts: (20, 20)) { mean($0) - mean($1) })
    #expect(abs(interval.low - (5 - 1.96 * (2 * variance / 20).squareRoot())) < 1e-9)
    #expect(abs(interval.high - (5 + 1.96 * (2 * variance / 20).squareRoot())) < 1e-9)
    #expect(EmbeddingStatistics.interval(of: 5, counts: (3, 20)) { _, _ in 5 } == nil)
    #expect(EmbeddingStatistics.interval(of: 5, counts: (20, 20)) { _, _ in nil } == nil)
  }

  @Test func soundsAreScoredByTheLabelsTheyShouldHave() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/train", takes: 0..<6)
      try Tones.write(folder + "/real", takes: 6..<9)
      var settings = ClassifierSettings(labels: ["pitch", "instrument"])
      settings.network.width = 0.5
      (settings.plan.batchSize, settings.plan.warmUpSteps, settings.epochs) = (12, 5, 40)
      try ClassifierTrainingJob(
        corpus: folder + "/train", validationFolder: folder + "/real", run: folder + "/run", settings: settings,
        labels: Tones.labels
      ).train()
      // High tones under the name of low ones, the rest right.
      try Tones.write(folder + "/made", takes: 9..<11)
      for take in 9..<11 {
        try Tones.write(
          folder + "/made/low_pure_\(take).wav", height: 2, isRich: false, seconds: 0.3, seed: UInt64(take))
      }
      let recognition = try RecognitionMetrics(
        model: ClassifierModel.load(folder + "/run"), name: "my ear", labels: Tones.labels)
      let names = recognition.metrics.map(\.name)
      #expect(names[0] == "my-ear:pitch-accuracy" && names.last == "my-ear:kernel" && names.count == 8)
      var job = try EvaluationJob(
        reference: folder + "/real", generated: folder + "/made", metrics: [Metric.named("ltas")])
      job.recognition = recognition
      let result = try job.evaluate()
      let accuracy = try #require(result.aggregate["my-ear:pitch-accuracy"])
      #expect(accuracy.count == 12 && abs(accuracy.mean - 100 * 10 / 12) < 1e-9)
      #expect(result.references?["my-ear:pitch-accuracy"]?.mean == 100)
      #expect(try #require(result.aggregate["my-ear:instrument-accuracy"]).mean == 100)
      let sets = try #require(result.sets)
      #expect(sets.scores["ltas"] != nil && sets.reference.sounds == 18 && sets.generated.sounds == 12)
      for name in ["my-ear:frechet", "my-ear:kernel", "my-ear:pitch-inception"] {
        let (value, interval) = (try #require(sets.scores[name]), try #require(sets.intervals?[name]))
        #expect(value.isFinite && interval.low < interval.high, "\(name): \(value), \(interval)")
      }
      #expect(try #require(sets.scores["my-ear:pitch-inception"]) <= 3.0001)
      let mistaken = result.sounds.filter { $0.scores["my-ear:pitch-accuracy"] == 0 }.map(\.generated)
      #expect(mistaken == ["low_pure_10.wav", "low_pure_9.wav"])
      #expect(result.table().contains("my-ear:frechet"))
      let again = try EvaluationResult(json: Array(result.json.utf8), path: "here")
      #expect(again == result)
      let threshold = try Threshold("my-ear:pitch-accuracy<90", further: recognition.metrics)
      #expect(!threshold.outcome(of: result).passed)
      #expect(throws: SpectraFault.self) { try Threshold("my-ear:pitch-accuracy<90") }
      try job.writeReport(of: result, to: folder + "/report")
      let page = try String(contentsOfFile: folder + "/report/index.html", encoding: .utf8)
      #expect(page.contains("my-ear:pitch-accuracy") && page.contains("Fréchet"))
    }
  }

  @Test func withoutLabelsAccuracyHasNoValueAndDistancesHave() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/real", takes: 0..<2)
      try Tones.write(folder + "/made", takes: 2..<4)
      let configuration = ClassifierConfiguration(
        features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: 0.4,
        network: ClassifierNetwork(.residual, width: 0.5), labels: [LabelSet("pitch", ["high", "low"])])
      let model = ClassifierModel(
        configuration: configuration, parameters: Parameters(configuration.layers.declarations, seed: 1))
      var job = try EvaluationJob(reference: folder + "/real", generated: folder + "/made", metrics: [])
      job.recognition = RecognitionMetrics(model: model, name: "ear")
      let result = try job.evaluate()
      #expect(result.aggregate["ear:pitch-accuracy"] == nil)
      #expect(result.sounds.allSatisfy { $0.undefined["ear:pitch-accuracy"]?.contains("not known") == true })
      #expect(result.sets?.scores["ear:frechet"] != nil)
    }
  }
}
