import KodamaCore
import KodamaSignal
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The frequency scale.
public enum FrequencyScale: String, Sendable, Equatable, CaseIterable {
  /// Equal steps in Hz.
  case linear
  /// Equal steps in mel (Slaney's scale), with more space for low frequencies, as in hearing.
  case mel

  /// The relative height of a frequency between 0 Hz and `highest` Hz, 0...1.
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
  ///   - power: the power; a column may cover several pixels.
  ///   - fullScalePower: the power of a full-scale sine.
  ///   - highest: the frequency of the last bin, in Hz.
  ///   - reduction: the reduction of several bins in one pixel; between bins, power is interpolated.
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

  /// The power between two positions on the axis of bins.
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
  /// Frames are 32 ms or somewhat longer, spaced like the columns but at most a quarter of a frame apart: the same for
  /// sounds of one length and rate.
  ///
  /// - Throws: `ReportsFault.nothingToDraw`, `SpectraFault.notFinite`, and errors of reading.
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

  /// The upper end of the level scale: the loudest level, rounded up to tens of dB.
  var top: Double {
    let loudest = Double(decibels.max() ?? 0)
    // Silence has no loudest level.
    return loudest < -190 ? 0 : (loudest / 10).rounded(.up) * 10
  }

  /// The difference in level from another image, in dB, with levels below `floor` raised to it, so that background
  /// noise is not emphasized.
  ///
  /// - Precondition: the images have the same size.
  func difference(from reference: SpectrogramImage, floor: Double) -> [Float] {
    precondition(
      width == reference.width && height == reference.height,
      "an image of \(width) by \(height) cannot be compared with one of \(reference.width) by \(reference.height)")
    let floor = Float(floor)
    return zip(decibels, reference.decibels).map { max($0, floor) - max($1, floor) }
  }
}

/// The start of a sound.
struct SourcePrefix: SampleSource {
  let base: any SampleSource
  let frames: Int

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var label: String { base.label }

  /// - Precondition: at most as many samples as the sound has.
  init(_ base: any SampleSource, frames: Int) {
    precondition((0...base.frames).contains(frames), "the first \(frames) of \(base.frames) samples")
    self.base = base
    self.frames = frames
  }

  func samples(in range: Range<Int>) throws -> [[Float]] { try base.samples(in: range) }
}
