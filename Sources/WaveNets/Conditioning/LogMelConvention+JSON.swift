import KodamaCheckpoints
import KodamaSignal

/// A convention of log-mel features as it stands in files: an object with a key for each of its fields, in snake_case.
extension LogMelConvention {
  /// Reads the object under a key. Every field must be there.
  ///
  /// - Throws: `CheckpointFault`.
  package init(_ file: Configuration, key: String) throws {
    let section = try file.section(
      key,
      keys: [
        "sample_rate", "fft_length", "window_length", "hop_length", "bands", "minimum_frequency", "maximum_frequency",
        "scale", "spectrum", "floor", "offset", "divisor",
      ])
    self.init(
      sampleRate: try section.integer("sample_rate"), fftLength: try section.integer("fft_length"),
      windowLength: try section.integer("window_length"), hopLength: try section.integer("hop_length"),
      bands: try section.integer("bands"), minimumFrequency: try section.double("minimum_frequency"),
      maximumFrequency: try section.double("maximum_frequency"), scale: try section.choice("scale"),
      spectrum: try section.choice("spectrum"), floor: try section.double("floor"),
      offset: try section.double("offset"), divisor: try section.double("divisor"))
  }

  /// The object.
  package var json: JSON {
    [
      "sample_rate": JSON(sampleRate),
      "fft_length": JSON(fftLength),
      "window_length": JSON(windowLength),
      "hop_length": JSON(hopLength),
      "bands": JSON(bands),
      "minimum_frequency": JSON(minimumFrequency),
      "maximum_frequency": JSON(maximumFrequency),
      "scale": JSON(scale.rawValue),
      "spectrum": JSON(spectrum.rawValue),
      "floor": JSON(floor),
      "offset": JSON(offset),
      "divisor": JSON(divisor),
    ]
  }
}
