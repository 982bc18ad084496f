import KodamaCheckpoints
import KodamaCore
import KodamaSignal

/// A convention of log-mel features as it stands in files: an object with a key for each of its fields. Which of them
/// can be used together `problem` says.
extension LogMelConvention {
  /// Its settings.
  package static let fields: ConfigurationFields<LogMelConvention> = [
    .init("sample_rate", \.sampleRate, .integer(), "Samples per second, in Hz"),
    .init("fft_length", \.fftLength, .integer(), "Samples of a frame"),
    .init("window_length", \.windowLength, .integer(), "Samples under the window"),
    .init("hop_length", \.hopLength, .integer(), "Samples from one frame to the next"),
    .init("bands", \.bands, .integer(), "Mel bands"),
    .init("minimum_frequency", \.minimumFrequency, .number(), "Where the first band begins, in Hz"),
    .init("maximum_frequency", \.maximumFrequency, .number(), "Where the last band ends, in Hz"),
    .init("scale", \.scale, .choice, "The scale of pitch on which bands have equal distances"),
    .init("spectrum", \.spectrum, .choice, "What the filters gather"),
    .init("floor", \.floor, .number(), "Energies below this count as this"),
    .init("offset", \.offset, .number(), "Taken from the logarithm"),
    .init("divisor", \.divisor, .number(), "What the difference is divided by"),
  ]

  /// Reads the object under a key. Every field must be there.
  ///
  /// - Throws: `CheckpointFault`.
  package init(_ file: Configuration, key: String) throws {
    self = Self.standard(sampleRate: 16_000)
    try file.read(key, Self.fields, into: &self)
  }

  /// The object.
  package var json: JSON { Self.fields.json(of: self) }

  /// The fields in which this convention is not another's, under their names in files, with both values.
  package func differences(from other: LogMelConvention) -> [(field: String, value: String, other: String)] {
    Self.fields.differences(from: other, to: self).map { ($0.field.key, $0.new, $0.old) }
  }
}
