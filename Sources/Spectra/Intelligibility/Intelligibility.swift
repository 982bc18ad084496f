import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Short-time objective intelligibility of speech, and its extended form.
///
/// Both sounds are converted to 10 kHz (`TenKilohertz`). Frames in which the reference is more than 40 dB below its
/// loudest one are removed from both, and the rest added up again with their overlap. The levels of 15 third-octave
/// bands (`ThirdOctaves`) are compared in all segments of 30 frames, 384 ms:
///
/// - STOI: the levels of the generated sound in each band are scaled to the energy of the reference's, and limited to
///   1 + 10^(15/20) of them; the mean correlation of the two over time, over all bands and segments.
/// - Extended STOI: each band is brought to mean 0 and norm 1 over time, then each frame likewise over the bands; the
///   mean correlation of the two over frames and segments.
///
/// The mean over channels is taken.
///
/// - Source: Taal et al. 2011; Jensen and Taal 2016. pystoi 0.4 for ε = 2⁻⁵² in quotients. Departures: pystoi adds noise
///   of 1e-16 to the levels of the extended form, so that bands without any sound correlate by chance, while here they
///   count 0; and where fewer than 30 frames are left pystoi returns 1e-5, while here there is no value.
public enum Intelligibility: PairMeasurement {
  /// The metric `stoi`.
  public static let metric = Metric(
    name: "stoi", title: "short-time objective intelligibility", unit: "", direction: .higherIsBetter, scope: .pairs,
    definition: "mean correlation of the levels of 15 third-octave bands from 150 Hz in segments of 384 ms, scaled and "
      + "clipped at -15 dB; at 10 kHz, frames 40 dB below the loudest of the reference removed; mean over channels",
    source: "Taal et al. 2011; pystoi 0.4")
  /// The metric `estoi`.
  public static let extendedMetric = Metric(
    name: "estoi", title: "extended short-time objective intelligibility", unit: "", direction: .higherIsBetter,
    scope: .pairs,
    definition: "mean correlation of spectra in segments of 384 ms, each band normalized over time and then each frame "
      + "over bands; bands and frames as in stoi",
    source: "Jensen and Taal 2016; pystoi 0.4")
  static let metrics = [metric, extendedMetric]

  /// The dynamic range of the frames that count, in dB.
  private static let dynamicRange = 40.0
  /// Frames that are converted at a time.
  private static let framesPerBlock = 512

  /// Both scores of a pair; undefined where either sound is silent, or too short.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func scores(
    reference: any SampleSource, generated: any SampleSource
  ) throws -> (stoi: Score, extended: Score) {
    if reference.frames == 0 { return (.noSamples, .noSamples) }
    var (plain, extended) = (0.0, 0.0)
    let channels = zip(SingleChannel.all(of: reference), SingleChannel.all(of: generated))
    for (channel, pair) in channels.enumerated() {
      var segments = IntelligibilitySegments()
      try forEachAudibleFrame(pair.0, pair.1) { segments.add($0, $1) }
      guard let scores = segments.means else {
        let problem = segments.problem(channel: channel, minimum: IntelligibilitySegments.length)
        return (.undefined(reason: problem), .undefined(reason: problem))
      }
      plain += scores.plain
      extended += scores.extended
    }
    let count = Double(reference.channelCount)
    return (.value(plain / count), .value(extended / count))
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    let scores = try scores(reference: reference, generated: generated)
    return [scores.stoi, scores.extended]
  }

  /// Visits the band levels of both sounds in all frames of what is left without the silent ones.
  private static func forEachAudibleFrame(
    _ reference: any SampleSource, _ generated: any SampleSource, _ body: ([Double], [Double]) -> Void
  ) throws {
    var energies: [Double] = []
    try forEachFrame([reference]) { energies.append(20 * log10(norm($0[0]) + .ulpOfOne)) }
    let floor = (energies.max() ?? 0) - dynamicRange
    let transform = ThirdOctaves.Transform()
    var (frame, before, last) = (0, [[Double]?](repeating: nil, count: 2), [[Double]]?.none)
    try forEachFrame([reference, generated]) { frames in
      defer { frame += 1 }
      if energies[frame] <= floor { return }
      if let last {
        let levels = (0..<2).map { transform.levels(after: before[$0], last[$0], before: frames[$0]) }
        body(levels[0], levels[1])
        before = last
      }
      last = frames
    }
  }

  /// Visits the windowed frames of sounds of one length at 10 kHz.
  private static func forEachFrame(_ sources: [any SampleSource], _ body: ([[Double]]) -> Void) throws {
    let conversion = TenKilohertz.from(sources[0].sampleRate)
    let (hop, length) = (ThirdOctaves.hopLength, ThirdOctaves.frameLength)
    let frames = ThirdOctaves.frames(of: conversion.count(of: sources[0].frames))
    for start in stride(from: 0, to: frames, by: framesPerBlock) {
      let end = min(frames, start + framesPerBlock)
      let samples = try sources.map { try conversion.samples(of: $0, in: start * hop..<(end - 1) * hop + length) }
      for frame in 0..<end - start {
        body(samples.map { samples in (0..<length).map { samples[frame * hop + $0] * ThirdOctaves.window[$0] } })
      }
    }
  }

  private static func norm(_ numbers: [Double]) -> Double { numbers.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

/// The correlations of two sounds in segments of frames, accumulated frame by frame.
struct IntelligibilitySegments {
  /// Frames of a segment.
  static let length = 30
  /// The limit of a level: what is 15 dB above the reference in addition to it.
  private static let limit = 1 + pow(10, 15.0 / 20)
  private static let bands = ThirdOctaves.bands

  /// The levels of the last frames: [frame, band].
  private var (reference, generated) = ([Double](), [Double]())
  private var frames = 0
  private var (hasReference, hasGenerated) = (false, false)
  private var (plain, extended) = (0.0, 0.0)

  /// The mean correlations; nil where a sound is silent or there is no whole segment.
  var means: (plain: Double, extended: Double)? {
    if frames < Self.length || !hasReference || !hasGenerated { return nil }
    let segments = Double(frames - Self.length + 1)
    return (plain / segments / Double(Self.bands), extended / segments / Double(Self.length))
  }

  /// Why there are no means.
  func problem(channel: Int, minimum: Int) -> String {
    if frames > 0 && !hasReference { return "channel \(channel) of the reference is silent" }
    if frames > 0 && !hasGenerated { return "channel \(channel) of the generated sound is silent" }
    return "it needs \(minimum) frames (0.4 s) in which the reference is not silent, and there are \(frames)"
  }

  /// Adds a frame, and with it the segment that ends there.
  mutating func add(_ first: [Double], _ second: [Double]) {
    hasReference = hasReference || first.contains { $0 > 0 }
    hasGenerated = hasGenerated || second.contains { $0 > 0 }
    if frames >= Self.length {
      reference.removeFirst(Self.bands)
      generated.removeFirst(Self.bands)
    }
    reference += first
    generated += second
    frames += 1
    if frames < Self.length { return }
    for band in 0..<Self.bands { plain += correlation(ofBand: band) }
    extended += extendedCorrelation()
  }

  /// The correlation of the levels of a band with the limited ones of the generated sound.
  private func correlation(ofBand band: Int) -> Double {
    let (bands, count) = (Self.bands, Double(Self.length))
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.length) { limited in
      var (xx, yy) = (0.0, 0.0)
      for frame in 0..<Self.length {
        let (x, y) = (reference[frame * bands + band], generated[frame * bands + band])
        xx += x * x
        yy += y * y
      }
      let scale = xx.squareRoot() / (yy.squareRoot() + .ulpOfOne)
      var (sumX, sumY) = (0.0, 0.0)
      for frame in 0..<Self.length {
        let x = reference[frame * bands + band]
        limited[frame] = min(generated[frame * bands + band] * scale, x * Self.limit)
        sumX += x
        sumY += limited[frame]
      }
      let (meanX, meanY) = (sumX / count, sumY / count)
      var (centeredXX, centeredXY, centeredYY) = (0.0, 0.0, 0.0)
      for frame in 0..<Self.length {
        let (x, y) = (reference[frame * bands + band] - meanX, limited[frame] - meanY)
        centeredXX += x * x
        centeredXY += x * y
        centeredYY += y * y
      }
      return centeredXY / ((centeredXX.squareRoot() + .ulpOfOne) * (centeredYY.squareRoot() + .ulpOfOne))
    }
  }

  /// The sum over frames of the correlation of normalized spectra.
  private func extendedCorrelation() -> Double {
    let (first, second) = (Self.normalized(reference), Self.normalized(generated))
    return zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The levels of a segment with each band, then each frame, at mean 0 and norm 1; one without variation becomes 0.
  private static func normalized(_ levels: [Double]) -> [Double] {
    var levels = levels
    levels.withUnsafeMutableBufferPointer { levels in
      for band in 0..<bands { normalize(levels, start: band, stride: bands, count: length) }
      for frame in 0..<length { normalize(levels, start: frame * bands, stride: 1, count: bands) }
    }
    return levels
  }

  private static func normalize(_ numbers: UnsafeMutableBufferPointer<Double>, start: Int, stride: Int, count: Int) {
    var (sum, squares) = (0.0, 0.0)
    for index in 0..<count { sum += numbers[start + index * stride] }
    let mean = sum / Double(count)
    for index in 0..<count {
      numbers[start + index * stride] -= mean
      squares += numbers[start + index * stride] * numbers[start + index * stride]
    }
    let scale = squares > 0 ? 1 / squares.squareRoot() : 0
    for index in 0..<count { numbers[start + index * stride] *= scale }
  }
}
