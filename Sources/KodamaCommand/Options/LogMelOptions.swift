import ArgumentParser
import Kodama

extension MelScale: ExpressibleByArgument {}
extension LogMelConvention.Spectrum: ExpressibleByArgument {}

/// A convention of log-mel features, field by field.
struct LogMelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Sample rate in Hz. (default: as train would choose)", valueName: "Hz")) var rate: Int?
  @Option(
    help: ArgumentHelp(
      "Samples of a frame, the length of the Fourier transform. (default: a power of two near 46 ms)",
      valueName: "samples"))
  var fft: Int?
  @Option(help: ArgumentHelp("Samples under the window. (default: those of a frame)", valueName: "samples"))
  var window: Int?
  @Option(
    help: ArgumentHelp("Samples from one frame to the next. (default: a quarter of a frame)", valueName: "samples"))
  var hop: Int?
  @Option(help: ArgumentHelp("Mel bands. (default: 80, or 40 at rates below 12,000 Hz)", valueName: "n")) var bands:
    Int?
  @Option(help: ArgumentHelp("The lower edge of the lowest band, in Hz. (default: 0)", valueName: "Hz")) var low:
    Double?
  @Option(help: ArgumentHelp("The upper edge of the highest band, in Hz. (default: half the rate)", valueName: "Hz"))
  var high: Double?
  @Option(help: "The scale on which bands are evenly spaced. (default: slaney)") var scale: MelScale?
  @Option(help: "The spectrum that bands sum. (default: magnitude)") var spectrum: LogMelConvention.Spectrum?
  @Option(help: ArgumentHelp("The lower bound of energies. (default: 1e-05)", valueName: "energy"))
  var floor: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Subtracted from the natural logarithm. (default: -5, of power -10)", valueName: "number"))
  var offset: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Divides the difference. (default: 2, of power 4)", valueName: "number")
  )
  var divisor: Double?

  /// Whether none is given.
  var isEmpty: Bool {
    [rate, fft, window, hop, bands].allSatisfy { $0 == nil }
      && [low, high, floor, offset, divisor].allSatisfy { $0 == nil } && scale == nil && spectrum == nil
  }

  /// The convention; options that are not given are standard for the rate.
  func convention(sampleRate: Int) -> LogMelConvention {
    let sampleRate = rate ?? sampleRate
    let standard = LogMelConvention.standard(sampleRate: sampleRate)
    let length = fft ?? standard.fftLength
    return LogMelConvention(
      sampleRate: sampleRate, fftLength: length, windowLength: window, hopLength: hop ?? max(1, length / 4),
      bands: bands ?? standard.bands, minimumFrequency: low ?? 0, maximumFrequency: high, scale: scale ?? .slaney,
      spectrum: spectrum ?? .magnitude, floor: floor ?? standard.floor, offset: offset, divisor: divisor)
  }
}
