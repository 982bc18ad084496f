/// What keeps a convention from meaning anything.
extension LogMelConvention {
  /// The first field that cannot be used, under its name in files, and what is wrong with it; nil where all can.
  package var problem: (field: String, text: String)? {
    let nyquist = Double(sampleRate) / 2
    if sampleRate < 1 { return ("sample_rate", "\(sampleRate) Hz; it must be positive") }
    // An even length has a middle: frame k then lies evenly around sample k · hop.
    if !(2...1 << 20).contains(fftLength) || fftLength % 2 != 0 {
      return ("fft_length", "\(fftLength); it must be an even number from 2 to \(1 << 20)")
    }
    if !(1...fftLength).contains(windowLength) {
      return ("window_length", "\(windowLength); it must be 1 to the FFT length, \(fftLength)")
    }
    if !(1...fftLength).contains(hopLength) {
      return ("hop_length", "\(hopLength); it must be 1 to the FFT length, \(fftLength)")
    }
    if !(1...fftLength).contains(bands) {
      return ("bands", "\(bands); it must be 1 to the FFT length, \(fftLength)")
    }
    if !(minimumFrequency >= 0 && minimumFrequency < nyquist) {
      return ("minimum_frequency", "\(minimumFrequency) Hz; it must be 0 to below half the rate, \(nyquist) Hz")
    }
    if !(maximumFrequency > minimumFrequency && maximumFrequency <= nyquist) {
      return (
        "maximum_frequency",
        "\(maximumFrequency) Hz; it must be over \(minimumFrequency) Hz and at most half the rate, \(nyquist) Hz"
      )
    }
    if !(floor >= 1e-300 && floor <= 1e30) { return ("floor", "\(floor); it must be 1e-300 to 1e30") }
    if !(abs(offset) <= 1e30) { return ("offset", "\(offset); it must be a number of at most 1e30") }
    if !(abs(divisor) >= 1e-30 && abs(divisor) <= 1e30) {
      return ("divisor", "\(divisor); its magnitude must be 1e-30 to 1e30")
    }
    return nil
  }

  /// The fields in which this convention is not another's, under their names in files, with both values.
  package func differences(from other: LogMelConvention) -> [(field: String, value: String, other: String)] {
    zip(fields, other.fields).compactMap { $0.value == $1.value ? nil : ($0.name, $0.value, $1.value) }
  }

  /// All fields as text, under their names in files.
  package var fields: [(name: String, value: String)] {
    [
      ("sample_rate", "\(sampleRate)"), ("fft_length", "\(fftLength)"), ("window_length", "\(windowLength)"),
      ("hop_length", "\(hopLength)"), ("bands", "\(bands)"), ("minimum_frequency", "\(minimumFrequency)"),
      ("maximum_frequency", "\(maximumFrequency)"), ("scale", scale.rawValue), ("spectrum", spectrum.rawValue),
      ("floor", "\(floor)"), ("offset", "\(offset)"), ("divisor", "\(divisor)"),
    ]
  }
}
