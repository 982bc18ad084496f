import KodamaAudio
import KodamaCore
import KodamaSpectra

/// Compares generated sound with recordings: what `kodama evaluate` does.
public struct EvaluationJob {
  /// Warnings about files that are not as their headers say, with their paths.
  public let warnings: [String]
  private let evaluation: Evaluation
  private let reference: [Sound]
  private let generated: [Sound]
  private let againstNoise: Bool

  /// A job on two files or two folders.
  ///
  /// - Parameters:
  ///   - metrics: nil for all that apply.
  ///   - againstNoise: whether white noise as loud as the generated sounds is scored beside them, by metrics of sets.
  ///   - strict: whether a file of a folder that cannot be used is an error.
  /// - Throws: `FileFault`, `AudioFault`.
  public init(
    reference: String, generated: String, metrics: [Metric]? = nil, againstNoise: Bool = false, strict: Bool = false,
    workers: Workers = .all
  ) throws {
    self.againstNoise = againstNoise
    evaluation = Evaluation(metrics: metrics, workers: workers)
    var warnings: [String] = []
    self.reference = try Self.sounds(reference, strict: strict, workers: workers, warnings: &warnings)
    self.generated = try Self.sounds(generated, strict: strict, workers: workers, warnings: &warnings)
    self.warnings = warnings
  }

  /// Compares: pair by pair where names are common to both sides or each is one file, and as two sets.
  ///
  /// - Throws: `SpectraFault` where a pair differs in rate or channels, or in length where metrics of pairs
  ///   were named; `FileFault`, `AudioFault`.
  public func evaluate(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> EvaluationResult {
    try evaluation.compare(
      reference: reference, generated: generated, againstNoise: againstNoise, progress: progress)
  }

  private static func sounds(
    _ path: String, strict: Bool, workers: Workers, warnings: inout [String]
  ) throws -> [Sound] {
    if !Folder.exists(path) {
      let source = try FileSource(path)
      warnings += source.warnings.map { "\(path): \($0)" }
      return [Sound(name: path) { source }]
    }
    let index = try CorpusIndex.scan(path, strict: strict, workers: workers)
    warnings += index.failures.map(\.reason)
    warnings += index.entries.flatMap { entry in entry.warnings.map { "\(entry.path): \($0)" } }
    let (usable, empty) = (index.entries.filter { $0.frames > 0 }, index.entries.filter { $0.frames == 0 })
    if let first = empty.first, strict || usable.isEmpty {
      throw AudioFault.noSamples(path: path + "/" + first.path)
    }
    warnings += empty.map { "\($0.path): it holds no samples; left out" }
    if usable.isEmpty {
      throw AudioFault.noUsableAudio(folder: path, reason: index.failures.first?.reason ?? "no sound files")
    }
    return usable.map { entry in
      Sound(name: entry.path) { try FileSource(path + "/" + entry.path, frames: entry.frames) }
    }
  }
}
