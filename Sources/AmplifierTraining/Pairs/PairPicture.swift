import KodamaReports

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A picture of a pair of recordings: the levels of both over time, the samples around the first sound with the latency
/// taken out, and the correlation against lag.
public struct PairPicture: Picture {
  private let stack: ChartStack

  /// Points of levels, and of samples.
  private static let (levelPoints, samplePoints) = (300, 480)

  /// A picture of what an analysis found.
  ///
  /// - Throws: `ReportsFault.pictureSize`.
  public init(_ pair: RecordingPair, _ analysis: PairAnalysis, width: Int = 1200, height: Int = 1200) throws {
    stack = try ChartStack(
      [Self.levels(pair, analysis), Self.firstSound(pair, analysis), Self.correlation(pair, analysis)], width: width,
      height: height)
  }

  public func encoded(as format: PictureFormat) throws -> [UInt8] { try stack.encoded(as: format) }

  /// The levels of windows of both, where they belong together.
  private static func levels(_ pair: RecordingPair, _ analysis: PairAnalysis) -> LineChart {
    func series(_ name: String, _ samples: [Float], _ range: Range<Int>) -> LineChart.Series {
      let points = (0..<levelPoints).compactMap { index -> LineChart.Point? in
        let start = range.lowerBound + range.count * index / levelPoints
        let end = range.lowerBound + range.count * (index + 1) / levelPoints
        let level = SoundLevels.decibels(SoundLevels.rootMeanSquare(samples[start..<max(start + 1, end)])) ?? -200
        return LineChart.Point(x: pair.seconds(start - range.lowerBound), y: max(-100, level))
      }
      return LineChart.Series(name, points)
    }
    return LineChart(
      title: "Levels", unit: "dB of full scale", xName: "seconds",
      series: [
        series("dry", pair.dry.samples, analysis.dryRange), series("wet", pair.wet.samples, analysis.wetRange),
      ])
  }

  /// Samples of both around the first sound, each relative to its largest.
  private static func firstSound(_ pair: RecordingPair, _ analysis: PairAnalysis) -> LineChart {
    let dry = pair.dry.samples
    // The start within the window of the first sound.
    let window = analysis.dry.firstSound..<min(dry.count, analysis.dry.firstSound + pair.sampleRate / 100)
    let largest = window.reduce(Float(0)) { max($0, dry[$1].magnitude) }
    let first = window.first { dry[$0].magnitude > 0.1 * largest } ?? window.lowerBound
    func series(_ name: String, _ samples: [Float], _ origin: Int) -> LineChart.Series {
      let offsets = (-samplePoints / 4..<samplePoints * 3 / 4).filter { samples.indices.contains(origin + $0) }
      let scale = offsets.reduce(Float(1e-9)) { max($0, samples[origin + $1].magnitude) }
      return LineChart.Series(
        name, offsets.map { LineChart.Point(x: Double($0), y: Double(samples[origin + $0] / scale)) })
    }
    return LineChart(
      title: "The first sound",
      unit: "relative to the largest sample, the latency of \(analysis.latency) samples taken out",
      xName: "samples from \(PairFault.seconds(pair.seconds(first))) on",
      series: [series("dry", dry, first), series("wet", pair.wet.samples, first + analysis.latency)], marks: [0],
      markName: "start of the dry sound")
  }

  /// The correlation for the lags around the latency, and its largest magnitudes further away.
  private static func correlation(_ pair: RecordingPair, _ analysis: PairAnalysis) -> LineChart {
    let curve = analysis.correlation
    let reach = max(300, 2 * abs(analysis.latency))
    let lags =
      max(
        curve.firstLag, analysis.latency - reach)...min(
        curve.firstLag + curve.values.count - 1, analysis.latency + reach)
    // Each point is the value of the largest magnitude among its lags.
    let points = stride(from: lags.lowerBound, through: lags.upperBound, by: max(1, lags.count / 590)).map { start in
      let part = start...min(lags.upperBound, start + max(1, lags.count / 590) - 1)
      let lag = part.max { curve[$0].magnitude < curve[$1].magnitude } ?? start
      return LineChart.Point(x: Double(lag), y: Double(curve[lag]))
    }
    return LineChart(
      title: "Correlation", xName: "lag in samples", series: [LineChart.Series("correlation", points)],
      marks: [Double(analysis.latency)], markName: "latency")
  }
}
