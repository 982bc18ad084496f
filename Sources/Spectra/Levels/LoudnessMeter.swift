import CEBUR128
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Loudness and true peak of one sound, through libebur128.
enum LoudnessMeter {
  /// The measurements.
  struct Reading: Sendable {
    /// LUFS.
    let loudness: Score
    /// dBTP; undefined where not requested.
    let truePeak: Score
  }

  /// The measurements: from the sound's cache, which measures the true peak where a metric needs it, or else computed.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  static func reading(of source: any SampleSource, truePeak: Bool) throws -> Reading {
    if let sound = source as? MeasuredSound { return try sound.loudness() }
    return try computedReading(of: source, truePeak: truePeak)
  }

  /// Reads a sound once, in blocks.
  static func computedReading(of source: any SampleSource, truePeak: Bool) throws -> Reading {
    if source.frames == 0 { return Reading(loudness: .noSamples, truePeak: .noSamples) }
    let mode = (truePeak ? EBUR128_MODE_TRUE_PEAK.rawValue : 0) | EBUR128_MODE_I.rawValue
    let channels = source.channelCount
    var state = UInt32(exactly: channels).flatMap { ebur128_init($0, UInt(source.sampleRate), Int32(mode)) }
    defer { if state != nil { ebur128_destroy(&state) } }
    guard let state else {
      let score = Score.undefined(
        reason: "libebur128 takes no sound of \(Plural.text(channels, "channel")) at \(source.sampleRate) Hz")
      return Reading(loudness: score, truePeak: score)
    }
    var interleaved: [Float] = []
    try source.forEachBlock { block in
      let count = block[0].count
      var status = Int32(EBUR128_SUCCESS.rawValue)
      if channels == 1 {
        status = ebur128_add_frames_float(state, block[0], count)
      } else {
        interleave(block, into: &interleaved)
        status = ebur128_add_frames_float(state, interleaved, count)
      }
      if status != Int32(EBUR128_SUCCESS.rawValue) { fatalError("libebur128 has no memory for \(count) samples") }
    }
    return Reading(
      loudness: loudness(state, of: source),
      truePeak: truePeak ? peak(state) : .undefined(reason: "it was not measured"))
  }

  private static func loudness(_ state: UnsafeMutablePointer<ebur128_state>, of source: any SampleSource) -> Score {
    // The library rounds tenths of a second to whole samples.
    let shortest = 4 * ((source.sampleRate + 5) / 10)
    if source.frames < shortest {
      return .undefined(
        reason: "loudness is that of at least 400 ms, \(shortest) samples, and there are \(source.frames)")
    }
    var loudness = 0.0
    ebur128_loudness_global(state, &loudness)
    return loudness.isFinite
      ? .value(loudness + correction(sampleRate: source.sampleRate))
      : .undefined(reason: "no 400 ms are louder than -70 LUFS, the gate of silence")
  }

  /// The correction of loudness at a rate, in LU: −0.22 at 8 kHz, 0 at 48 kHz.
  ///
  /// The standard specifies its high-pass filter at 48 kHz, with a numerator of 1, −2, 1. libebur128 keeps that
  /// numerator at other rates, where the same filter has another gain: 1 + K/Q + K², K = tan(π f/rate).
  private static func correction(sampleRate: Int) -> Double {
    let gain = { (rate: Double) in
      let k = tan(Double.pi * 38.13547087602444 / rate)
      return 1 + k / 0.5003270373238773 + k * k
    }
    return 20 * log10(gain(48_000) / gain(Double(sampleRate)))
  }

  private static func peak(_ state: UnsafeMutablePointer<ebur128_state>) -> Score {
    var largest = 0.0
    for channel in 0..<state.pointee.channels {
      var peak = 0.0
      ebur128_true_peak(state, channel, &peak)
      largest = max(largest, peak)
    }
    if largest == 0 { return .silent }
    return largest.isFinite
      ? .value(20 * log10(largest)) : .undefined(reason: "the samples are too large to be interpolated")
  }

  private static func interleave(_ block: [[Float]], into samples: inout [Float]) {
    let channels = block.count
    samples = [Float](unsafeUninitializedCapacity: channels * block[0].count) { target, initialized in
      for (channel, source) in block.enumerated() {
        for (frame, sample) in source.enumerated() {
          target.initializeElement(at: frame * channels + channel, to: sample)
        }
      }
      initialized = channels * block[0].count
    }
  }
}
