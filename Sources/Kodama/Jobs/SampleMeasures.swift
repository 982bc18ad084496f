import KodamaAudio
import KodamaCore
import KodamaSignal
import KodamaSpectra
import KodamaTraining

/// Measures of the samples of audio generated while training, beside those of the recordings: the share of voiced frames,
/// the harmonics-to-noise ratio and the spectral flatness, none of which follows from bits per sample.
struct SampleMeasures: Sendable {
  /// The measures of recordings; those without a value are left out.
  let recorded: [MeasuredValue]

  /// The metrics of the task's measures.
  private static let metrics = Dictionary(
    uniqueKeysWithValues: zip(
      TaskMeasures.ofSamples.samples, [VoicedShare.metric, HarmonicsToNoise.metric, SpectralFlatness.metric]))

  /// The total length of the measured recordings, in seconds, and their largest number.
  private static let (recordedSeconds, mostRecordings) = (20.0, 20)

  /// Measures without those of recordings.
  init() { recorded = [] }

  /// Measures recordings.
  ///
  /// - Throws: what reading them throws.
  init(of recordings: Recordings, workers: Workers) throws {
    let recordings = recordings.withoutPreemphasis
    // Equally much of each, from its start, so that no single one decides.
    let count = min(recordings.count, Self.mostRecordings)
    let share = max(1, Int(Self.recordedSeconds * Double(recordings.sampleRate)) / count)
    let sounds = try (0..<count).map { part in
      let number = part * recordings.count / count
      let samples = try recordings.read(number, 0..<min(share, recordings.frames(of: number)))
      let sound = Waveform(samples, sampleRate: recordings.sampleRate)
      return Sound(name: recordings.items[number].path) { sound }
    }
    recorded = try Self.values(of: sounds, workers: workers)
  }

  /// The report of a sample.
  ///
  /// - Throws: what reading the file throws.
  func report(step: Int, path: String, workers: Workers) throws -> SampleReport {
    let sound = try AudioFile.read(path)
    let generated = try Self.values(of: [Sound(name: path) { sound }], workers: workers)
    return SampleReport(step: step, generated: generated, recorded: recorded)
  }

  /// The mean of each measure over sounds; those that have none are left out.
  private static func values(of sounds: [Sound], workers: Workers) throws -> [MeasuredValue] {
    let measures = TaskMeasures.ofSamples.samples
    let evaluation = Evaluation(metrics: measures.compactMap { metrics[$0] }, workers: workers)
    let scores = try evaluation.statistics(of: sounds)
    return measures.compactMap { measure in
      metrics[measure].flatMap { scores[$0.name] }.map { MeasuredValue(measure, $0.mean) }
    }
  }
}
