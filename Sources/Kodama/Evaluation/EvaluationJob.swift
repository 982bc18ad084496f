import KodamaAudio
import KodamaCore
import KodamaReports
import KodamaSpectra

/// Compares generated sound with recordings, as `kodama evaluate` does.
public struct EvaluationJob {
  /// Adjustments of sounds that differ, before they are compared. None by default.
  public struct Adjustments: Sendable, Equatable {
    /// The alignment of pairs whose lengths differ; nil: they are an error.
    public var alignment: Alignment?
    /// The rate to which every sound is converted; nil: other rates are an error.
    public var rate: ComparisonRate?
    /// Whether every sound is mixed down to one channel.
    public var mixesDown: Bool

    /// - Parameters:
    ///   - alignment: the alignment of pairs whose lengths differ.
    ///   - rate: the rate to which every sound is converted.
    ///   - mixesDown: whether every sound is mixed down to one channel.
    public init(alignment: Alignment? = nil, rate: ComparisonRate? = nil, mixesDown: Bool = false) {
      self.alignment = alignment
      self.rate = rate
      self.mixesDown = mixesDown
    }

    var conversions: Conversions {
      let resampling: Conversions.Resampling = { try ResampledSource($0, sampleRate: $1) }
      return Conversions(
        alignment: alignment, mixesDown: mixesDown, rate: rate ?? .reference, resampling: rate == nil ? nil : resampling
      )
    }
  }

  /// Warnings about files that do not match their headers, with their paths.
  public let warnings: [String]
  /// The metrics of a classifier, which are scored too; nil without one.
  public var recognition: RecognitionMetrics?
  private(set) var evaluation: Evaluation
  let sounds: Sounds
  /// A description of the comparison.
  let facts: [ReportFact]
  private let againstNoise: Bool
  private let strict: Bool

  /// The compared sounds.
  enum Sounds {
    case sides(reference: [Sound], generated: [Sound])
    case pairs([(reference: Sound, generated: Sound)])
  }

  /// A job on two sides.
  ///
  /// - Parameters:
  ///   - reference: a file, a folder, a pattern such as `takes/*.wav`, or `-` for a file from standard input.
  ///   - generated: the same for the generated sound.
  ///   - metrics: nil for all that apply.
  ///   - adjustments: the adjustments of sounds that differ.
  ///   - againstNoise: whether white noise as loud as the generated sounds is also scored, by metrics of sets.
  ///   - strict: whether one of several files that cannot be used, or lacks a counterpart, is an error.
  ///   - seed: the seed of confidence intervals.
  /// - Throws: `FileFault`, `AudioFault`.
  public init(
    reference: String, generated: String, metrics: [Metric]? = nil, adjustments: Adjustments = Adjustments(),
    againstNoise: Bool = false, strict: Bool = false, seed: UInt64 = 0, workers: Workers = .all
  ) throws {
    if reference == "-" && generated == "-" { throw JobFault.standardInputTwice }
    let first = try SoundSelection(
      reference, mixesDown: adjustments.mixesDown, strict: strict, workers: workers)
    let second = try SoundSelection(
      generated, mixesDown: adjustments.mixesDown, strict: strict, workers: workers)
    self.init(
      .sides(reference: first.sounds(beside: second), generated: second.sounds(beside: first)),
      facts: [ReportFact("Compared", generated), ReportFact("With", reference)],
      warnings: first.warnings + second.warnings, metrics, adjustments, againstNoise, strict, seed, workers)
  }

  /// A job on a list of pairs: one per line, reference and generated sound separated by a comma.
  ///
  /// - Parameters:
  ///   - pairs: the file; `-` for standard input. Paths in it are relative to its folder.
  ///   - strict: whether a file that deviates from its header is an error.
  /// - Throws: `FileFault`, `AudioFault`, `JobFault.badPairs`.
  public init(
    pairs: String, metrics: [Metric]? = nil, adjustments: Adjustments = Adjustments(), againstNoise: Bool = false,
    strict: Bool = false, seed: UInt64 = 0, workers: Workers = .all
  ) throws {
    let list = try PairsFile(pairs, mixesDown: adjustments.mixesDown, strict: strict)
    self.init(
      .pairs(list.pairs), facts: [ReportFact("Pairs of", pairs)], warnings: list.warnings, metrics, adjustments,
      againstNoise, false, seed, workers)
  }

  private init(
    _ sounds: Sounds, facts: [ReportFact], warnings: [String], _ metrics: [Metric]?, _ adjustments: Adjustments,
    _ againstNoise: Bool,
    _ strict: Bool, _ seed: UInt64, _ workers: Workers
  ) {
    self.sounds = sounds
    self.facts = facts
    self.warnings = warnings
    self.againstNoise = againstNoise
    self.strict = strict
    evaluation = Evaluation(
      metrics: metrics, conversions: adjustments.conversions, bootstrap: Bootstrap(seed: seed), workers: workers)
  }

  /// The job with other metrics; nil for all that apply.
  func with(metrics: [Metric]?) -> EvaluationJob {
    var job = self
    job.evaluation = Evaluation(
      metrics: metrics, conversions: evaluation.conversions, bootstrap: evaluation.bootstrap,
      workers: evaluation.workers)
    return job
  }

  /// Compares the sounds: pair by pair where names are common to both sides or each is one sound, and as two sets.
  ///
  /// - Parameter team: the processes that divide the sounds among them, each with such a job of the same arguments; nil for
  ///   one. All have the result, but for the metrics of a classifier, which those with one have.
  /// - Throws: `SpectraFault` where sounds differ in rate or channels, or a pair in length, without an adjustment;
  ///   `JobFault.unpaired`; `FileFault`, `AudioFault`.
  public func evaluate(
    team: (any WorkTeam)? = nil, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    var result = try compare(team, progress: progress)
    if let recognition {
      let (reference, generated) =
        switch sounds {
        case .sides(let reference, let generated): (reference, generated)
        case .pairs(let pairs): (pairs.map(\.reference), pairs.map(\.generated))
        }
      let further = try recognition.scores(
        reference: reference, generated: generated, workers: evaluation.workers)
      result.add(further, bootstrap: evaluation.bootstrap)
    }
    return result
  }

  private func compare(
    _ team: (any WorkTeam)?, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> EvaluationResult {
    switch sounds {
    case .pairs(let pairs):
      return try evaluation.compare(pairs: pairs, againstNoise: againstNoise, team: team, progress: progress)
    case .sides(let reference, let generated):
      if strict {
        let pairing = try evaluation.pairing(reference: reference, generated: generated)
        let alone = pairing.unpaired
        if !pairing.pairs.isEmpty && !alone.isEmpty { throw JobFault.unpaired(names: alone) }
      }
      return try evaluation.compare(
        reference: reference, generated: generated, againstNoise: againstNoise, team: team, progress: progress)
    }
  }
}
