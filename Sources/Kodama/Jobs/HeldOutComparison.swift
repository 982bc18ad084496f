import Foundation
import KodamaAmplifierTraining
import KodamaAmplifiers
import KodamaAudio
import KodamaCheckpoints
import KodamaReports
import KodamaSignal
import KodamaSpectra

/// What the model of a run makes of the end of its recordings, which it was not trained on, beside the box.
struct HeldOutComparison {
  /// The comparison for a page.
  let comparison: SoundComparison

  /// The length of the curves in seconds.
  private static let shownSeconds = 0.01

  /// Plays the best model of a run of `kodama capture`.
  ///
  /// - Returns: nil where the run keeps no recordings, or has no complete checkpoint.
  /// - Throws: `PairFault`, `AudioFault`, `AmplifierFault`, `CheckpointFault`, `FileFault`.
  init?(run path: String, _ record: CaptureRecord) throws {
    guard let network = record.settings.preset.architecture.network() else { return nil }
    let pair = try HeldOutPair(
      folder: HeldOutPair.folder(run: path), lookback: network.lookback, preEmphasis: record.settings.loss.preEmphasis)
    guard let pair else { return nil }
    let location = try ModelLocation(path)
    let played = pair.played(by: try AmplifierModel.load(location))
    let ratios = pair.ratios(of: played)
    let step = location.best.map { " of step \(NumberText.count($0.step))" } ?? ""
    func text(_ ratio: Double) -> String {
      let decibels = String(format: "%.1f", 10 * log10(max(ratio, 1e-30)))
      return String(format: "%.5f", ratio) + " (\(decibels) dB)"
    }
    comparison = SoundComparison(
      title: "The end of the recordings",
      note: """
        What went into the box, what came out, and what the model\(step) plays: the part that it was not trained on. Colors \
        are levels in dB below full scale, the same for all; those of the difference are how much louder (red) or quieter \
        (blue) the model is, in dB.
        """,
      facts: [
        ReportFact("Error to signal", text(ratios[0])), ReportFact("With pre-emphasis", text(ratios[1])),
        ReportFact("Length", String(format: "%.1f s", pair.wet.duration)),
      ],
      sides: [
        SoundComparison.Side("Dry", Sound(name: "what went into the box", pair.dry)),
        SoundComparison.Side("Wet", Sound(name: "what came out", pair.wet)),
        SoundComparison.Side("Model", Sound(name: "what the model plays", played)),
      ], showsDifference: true, charts: [Self.chart(pair.wet, played)])
  }

  /// The samples around the loudest of what came out.
  private static func chart(_ wet: Waveform, _ played: Waveform) -> LineChart {
    let (samples, model) = (wet.channels[0], played.channels[0])
    let loudest = samples.indices.max { samples[$0].magnitude < samples[$1].magnitude } ?? 0
    let count = min(samples.count, Int(shownSeconds * Double(wet.sampleRate)))
    let start = max(0, min(loudest - count / 2, samples.count - count))
    func series(_ name: String, _ samples: [Float]) -> LineChart.Series {
      LineChart.Series(
        name,
        (start..<start + count).map {
          LineChart.Point(x: 1000 * Double($0) / Double(wet.sampleRate), y: Double(samples[$0]))
        })
    }
    return LineChart(
      title: "The loudest moment", unit: "of full scale", xName: "milliseconds",
      series: [series("wet", samples), series("model", model)])
  }
}
