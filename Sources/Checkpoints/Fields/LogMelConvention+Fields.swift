import KodamaCore
import KodamaSignal

/// The file format of a convention of log-mel features: an object with a key for each of its fields. `problem`
/// validates their combination.
extension LogMelConvention {
  /// Its settings.
  package static let fields: ConfigurationFields<LogMelConvention> = [
    .init("sample_rate", \.sampleRate, .integer(), "Samples per second, in Hz"),
    .init("fft_length", \.fftLength, .integer(), "Samples of a frame"),
    .init("window_length", \.windowLength, .integer(), "Samples under the window"),
    .init("hop_length", \.hopLength, .integer(), "Samples from one frame to the next"),
    .init("bands", \.bands, .integer(), "Mel bands"),
    .init("minimum_frequency", \.minimumFrequency, .number(), "The lower edge of the first band, in Hz"),
    .init("maximum_frequency", \.maximumFrequency, .number(), "The upper edge of the last band, in Hz"),
    .init("scale", \.scale, .choice, "The frequency scale on which bands are evenly spaced"),
    .init("spectrum", \.spectrum, .choice, "The spectrum that the filters sum"),
    .init("floor", \.floor, .number(), "The lower bound of energies"),
    .init("offset", \.offset, .number(), "Subtracted from the logarithm"),
    .init("divisor", \.divisor, .number(), "Divides the difference"),
  ]

  /// Reads the object under a key. Every field is required.
  ///
  /// - Throws: `CheckpointFault`.
  package init(_ file: Configuration, key: String) throws {
    self = Self.standard(sampleRate: 16_000)
    try file.read(key, Self.fields, into: &self)
  }

  /// The object.
  package var json: JSON { Self.fields.json(of: self) }

  /// The fields in which this convention differs from another, under their names in files, with both values.
  package func differences(from other: LogMelConvention) -> [(field: String, value: String, other: String)] {
    Self.fields.differences(from: other, to: self).map { ($0.field.key, $0.new, $0.old) }
  }
}
