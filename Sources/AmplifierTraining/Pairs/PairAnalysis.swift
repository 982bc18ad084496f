import KodamaAudio
import KodamaCore

/// What is found in a pair of recordings before training.
public struct PairAnalysis: Sendable, Equatable, Encodable {
  /// What is found in one recording.
  public struct Recording: Sendable, Equatable, Encodable {
    /// The path.
    public let path: String
    /// The length in samples.
    public let samples: Int
    /// The peak in dB of full scale.
    public let peak: Double
    /// The level of its loud parts in dB of full scale.
    public let level: Double
    /// The places with samples at full scale in a row.
    public let clippedPlaces: Int
    /// The first sample of its sound.
    public let firstSound: Int
  }

  /// How the latency was found.
  public enum Method: String, Sendable, Encodable {
    /// By the two clicks at the start of the dry recording.
    case clicks
    /// By correlation.
    case correlation
  }

  /// What went into the box.
  public let dry: Recording
  /// What came out.
  public let wet: Recording
  /// The sample rate in Hz.
  public let sampleRate: Int
  /// The samples by which the wet recording is behind the dry one; negative where it is ahead.
  public let latency: Int
  /// How it was found.
  public let method: Method
  /// The latency by the clicks; nil without them.
  public let latencyByClicks: Int?
  /// The latency by correlation: where the impulse response of the box starts.
  public let latencyByCorrelation: Int
  /// Whether the box inverts the signal.
  public let isInverted: Bool
  /// The share of the wet power that is a linear function of the dry recording, 0 to 1.
  public let coherence: Double
  /// The latency at the start, in the middle and at the end, relative to that of the whole, in samples.
  public let latencyChanges: [Double]
  /// By how much the wet recording is longer than the dry one, in parts per million: its clock is faster.
  public let drift: Double
  /// The level of the wet recording before its first sound in dB of full scale; nil where it starts at once, or is silent.
  public let noise: Double?
  /// The samples of the dry recording that are used.
  public let dryRange: Range<Int>
  /// The samples of the wet recording that are used, as many.
  public let wetRange: Range<Int>
  /// What is suspicious.
  public let remarks: [String]
  /// Correlation against lag.
  public let correlation: CorrelationCurve

  private enum CodingKeys: String, CodingKey {
    case dry, wet, sampleRate, latency, method, latencyByClicks, latencyByCorrelation, isInverted, coherence
    case latencyChanges, drift, noise, dryRange, wetRange, remarks
  }

  /// The findings, a line each, with their names in a column, and the remarks.
  public var lines: [String] {
    let milliseconds = NumberText.decimal(1000 * Double(latency) / Double(sampleRate), 2)
    let other = latencyByClicks.map { _ in "; by correlation \(latencyByCorrelation)" } ?? ""
    let rows: [(String, String)] = [
      ("dry", text(dry)), ("wet", text(wet)),
      (
        "latency",
        "\(latency) samples (\(milliseconds) ms) by \(method == .clicks ? "two clicks" : "correlation")\(other)"
      ),
      ("polarity", isInverted ? "inverted" : "kept"), ("coherence", NumberText.decimal(coherence, 3)),
      ("clocks", "\(NumberText.decimal(abs(drift), 2)) ppm apart"),
      ("noise", noise.map { "\(Decibels.text($0)) before the first sound" } ?? "none before the first sound"),
      ("used", "\(PairFault.seconds(seconds(dryRange.count))) of both"),
    ]
    return rows.map { $0.0.padding(to: 11) + $0.1 } + remarks.map { "note".padding(to: 11) + $0 }
  }

  private func text(_ recording: Recording) -> String {
    "\(recording.path): \(PairFault.seconds(seconds(recording.samples))), peak \(Decibels.text(recording.peak)), level "
      + Decibels.text(recording.level)
  }

  private func seconds(_ samples: Int) -> Double { Double(samples) / Double(sampleRate) }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
