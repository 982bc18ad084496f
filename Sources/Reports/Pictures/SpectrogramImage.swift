import KodamaCore
import KodamaSignal
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which frequencies lie at which height.
public enum FrequencyScale: String, Sendable, Equatable, CaseIterable {
  /// Equal steps in Hz.
  case linear
  /// Equal steps in mel (Slaney's scale): more room for the low frequencies, as the ear has it.
  case mel

  /// How far up from 0 Hz towards `highest` Hz a frequency lies, 0...1.
  func height(of frequency: Double, highest: Double) -> Double {
    switch self {
    case .linear: frequency / highest
    case .mel: MelScale.slaney.mel(frequency: frequency) / MelScale.slaney.mel(frequency: highest)
    }
  }

  /// The frequency at a height: the inverse of `height`.
  func frequency(at height: Double, highest: Double) -> Double {
    switch self {
    case .linear: height * highest
    case .mel: MelScale.slaney.frequency(mel: height * MelScale.slaney.mel(frequency: highest))
    }
  }
}

/// Levels in dB on a grid of pixels.
struct SpectrogramImage: Sendable, Equatable {
  let width: Int
  let height: Int
  /// dB relative to a full-scale sine, row after row from the highest frequency down.
  let decibels: [Float]

  /// - Parameters:
  ///   - power: one column covers as many pixels as it must.
  ///   - fullScalePower: the power of a full-scale sine.
  ///   - highest: the frequency of the last bin, in Hz.
  ///   - reduction: what becomes of several bins in one pixel; between bins is interpolated.
  init(
    _ power: STFT.Overview, fullScalePower: Double, highest: Double, width: Int, height: Int, scale: FrequencyScale,
    reduction: STFT.Reduction
  ) {
    self.width = width
    self.height = height
    let binsPerHertz = Double(power.bins - 1) / highest
    let bands = (0..<height).map { row in
      [row + 1, row].map { edge in
        scale.frequency(at: 1 - Double(edge) / Double(height), highest: highest) * binsPerHertz
      }
    }
    var decibels = [Float](repeating: 0, count: width * height)
    for x in 0..<width {
      let column = power[column: x * power.columns / width]
      for (row, band) in bands.enumerated() {
        let level = SpectrogramImage.level(column, band[0], band[1], reduction) / fullScalePower
        decibels[row * width + x] = Float(10 * log10(max(level, 1e-20)))
      }
    }
    self.decibels = decibels
  }

  /// The power between two places on the axis of bins.
  private static func level(
    _ column: ArraySlice<Double>, _ low: Double, _ high: Double, _ reduction: STFT.Reduction
  ) -> Double {
    let first = Int(low.rounded(.up))
    let last = min(column.count - 1, Int(high.rounded(.down)))
    if first < last {
      let bins = column[column.startIndex + first...column.startIndex + last]
      return reduction == .maximum ? bins.max() ?? 0 : bins.reduce(0, +) / Double(bins.count)
    }
    let middle = (low + high) / 2
    let below = min(column.count - 1, Int(middle))
    let above = min(column.count - 1, below + 1)
    let share = middle - Double(below)
    return column[column.startIndex + below] * (1 - share) + column[column.startIndex + above] * share
  }
}

extension SpectrogramImage {
  /// The image of a sound.
  ///
  /// Frames are 32 ms or somewhat longer, and as close as the columns, up to a quarter of a frame apart: the same for
  /// sounds of one length and rate.
  ///
  /// - Throws: `ReportsFault.nothingToDraw`, `SpectraFault.notFinite`, and whatever reading throws.
  init(
    of source: any SampleSource, width: Int, height: Int, scale: FrequencyScale, reduction: STFT.Reduction,
    workers: Workers
  ) throws {
    if source.frames == 0 { throw ReportsFault.nothingToDraw(name: source.label) }
    var length = 64
    while Double(length) < 0.032 * Double(source.sampleRate) && length < 1 << 16 { length *= 2 }
    let stft = STFT(fftLength: length, hopLength: max(1, min(length / 4, source.frames / width)))
    let power = try stft.overview(of: source, columns: width, reduction: reduction, workers: workers)
    self.init(
      power, fullScalePower: stft.fullScalePower, highest: Double(source.sampleRate) / 2, width: width, height: height,
      scale: scale, reduction: reduction)
  }

  /// The level at which a scale of levels ends: the loudest, rounded up to tens of dB.
  var top: Double {
    let loudest = Double(decibels.max() ?? 0)
    // Silence has no loudest level to end the scale at.
    return loudest < -190 ? 0 : (loudest / 10).rounded(.up) * 10
  }

  /// How much louder this image is than another, in dB; what is quieter than `floor` counts as being as loud as that,
  /// so that the noise under both does not stand out.
  ///
  /// - Precondition: images of one size.
  func difference(from reference: SpectrogramImage, floor: Double) -> [Float] {
    precondition(
      width == reference.width && height == reference.height,
      "an image of \(width) by \(height) cannot be compared with one of \(reference.width) by \(reference.height)")
    let floor = Float(floor)
    return zip(decibels, reference.decibels).map { max($0, floor) - max($1, floor) }
  }
}

/// The beginning of a sound.
struct SourcePrefix: SampleSource {
  let base: any SampleSource
  let frames: Int

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var label: String { base.label }

  /// - Precondition: no more samples than the sound has.
  init(_ base: any SampleSource, frames: Int) {
    precondition((0...base.frames).contains(frames), "the first \(frames) of \(base.frames) samples")
    self.base = base
    self.frames = frames
  }

  func samples(in range: Range<Int>) throws -> [[Float]] { try base.samples(in: range) }
}
