#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Pitches in steps of 10 cents.
struct PitchScale: Sendable {
  /// The pitch of bin 0, in Hz.
  let minimumFrequency: Double
  /// The number of pitches.
  let count: Int

  static let binsPerSemitone = 10
  private static let binsPerOctave = Double(12 * binsPerSemitone)

  init(_ yin: YIN) {
    minimumFrequency = yin.minimumFrequency
    count = Int(PitchScale.binsPerOctave * log2(yin.maximumFrequency / yin.minimumFrequency)) + 1
  }

  /// The pitch of a bin, in Hz.
  func frequency(ofBin bin: Int) -> Double { minimumFrequency * exp2(Double(bin) / PitchScale.binsPerOctave) }

  /// The bin that is nearest to a frequency in Hz; nil above the highest.
  func bin(of frequency: Double) -> Int? {
    let place = (PitchScale.binsPerOctave * log2(frequency / minimumFrequency)).rounded(.toNearestOrEven)
    return place < Double(count) ? Int(max(0, place)) : nil
  }
}
