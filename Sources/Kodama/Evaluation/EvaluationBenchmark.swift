import KodamaCore
import KodamaSpectra

/// Measures the time of metrics on sounds: `kodama bench evaluate`.
public struct EvaluationBenchmark {
  /// The result. Keys as in JSON.
  public struct Result: Sendable, Equatable, Codable {
    /// One metric, or all of them in one run.
    public struct Timing: Sendable, Equatable, Codable {
      /// The metric's name; `all` for all at once.
      public let metric: String
      /// Seconds for all sounds, including reading the files: the median over rounds.
      public let seconds: Double
      /// The mean over pairs or sounds, or the score of the sets; nil where it has no value, and for all at once.
      public let score: Double?
    }

    /// A row for each metric, then one for all of them.
    public let rows: [Timing]
    /// Pairs of sounds.
    public let pairs: Int
    /// Seconds of sound on both sides together.
    public let soundSeconds: Double
    /// Threads.
    public let threads: Int
  }

  private let job: EvaluationJob
  private let workers: Workers

  /// A benchmark on two sides, as those of an `EvaluationJob`.
  ///
  /// - Throws: `FileFault`, `AudioFault`.
  public init(reference: String, generated: String, workers: Workers = .all) throws {
    job = try EvaluationJob(reference: reference, generated: generated, workers: workers)
    self.workers = workers
  }

  /// Times metrics one by one, then all in one run, each after a warm-up round.
  ///
  /// - Parameters:
  ///   - metrics: nil for all that apply.
  ///   - rounds: the number of timed rounds.
  /// - Throws: what evaluating throws.
  public func run(metrics: [Metric]? = nil, rounds: Int) throws -> Result {
    let all = try evaluate(metrics)
    var rows: [Result.Timing] = []
    for metric in all.metrics {
      let result = try evaluate([metric])
      let score = metric.scope == .sets ? result.sets?.scores[metric.name] : result.aggregate[metric.name]?.mean
      rows.append(.init(metric: metric.name, seconds: try seconds(rounds) { try evaluate([metric]) }, score: score))
    }
    rows.append(.init(metric: "all", seconds: try seconds(rounds) { try evaluate(all.metrics) }, score: nil))
    let soundSeconds = all.sets.map { $0.reference.seconds + $0.generated.seconds } ?? 0
    return Result(rows: rows, pairs: all.pairs.count, soundSeconds: soundSeconds, threads: workers.threads)
  }

  private func evaluate(_ metrics: [Metric]?) throws -> EvaluationResult {
    try job.with(metrics: metrics).evaluate()
  }

  private func seconds(_ rounds: Int, _ body: () throws -> EvaluationResult) throws -> Double {
    let times = try (0..<max(1, rounds)).map { _ in
      try ContinuousClock().measure { _ = try body() }.inSeconds
    }
    return times.sorted()[times.count / 2]
  }
}
