/// What keeps a convention from meaning anything.
extension LogMelConvention {
  /// Samples of a frame, at most.
  package static let longestFrame = 65_536
  /// Samples per second, at most: beyond any recording's.
  package static let highestRate = 1_000_000

  /// The first field that cannot be used, under its name in files, with its value and what it must be; nil where all can.
  package var problem: (field: String, value: String, allowed: String)? {
    if !(1...Self.highestRate).contains(sampleRate) {
      return ("sample_rate", "\(sampleRate)", "from 1 to \(Self.highestRate) Hz")
    }
    // An even length has a middle: frame k then lies evenly around sample k · hop.
    if !(2...Self.longestFrame).contains(fftLength) || fftLength % 2 != 0 {
      return ("fft_length", "\(fftLength)", "an even number from 2 to \(Self.longestFrame)")
    }
    for (field, value) in [("window_length", windowLength), ("hop_length", hopLength), ("bands", bands)]
    where !(1...fftLength).contains(value) { return (field, "\(value)", "from 1 to fft_length, \(fftLength)") }
    let nyquist = Double(sampleRate) / 2
    if !(minimumFrequency >= 0 && minimumFrequency < maximumFrequency) {
      return (
        "minimum_frequency", "\(minimumFrequency)", "at least 0 and below maximum_frequency, \(maximumFrequency)"
      )
    }
    if !(maximumFrequency <= nyquist) {
      return ("maximum_frequency", "\(maximumFrequency)", "at most half of sample_rate, \(nyquist)")
    }
    if !(floor >= 1e-30 && floor <= 1e30) { return ("floor", "\(floor)", "from 1e-30 to 1e30") }
    if !(abs(offset) <= 1e30) { return ("offset", "\(offset)", "a number of at most 1e30") }
    if !(abs(divisor) >= 1e-30 && abs(divisor) <= 1e30) {
      return ("divisor", "\(divisor)", "a number that is not 0, of at most 1e30")
    }
    return nil
  }
}
