import KodamaCheckpoints
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Random changes of training examples that keep their labels, so that a classifier learns what does not matter.
public struct Augmentation: Sendable, Equatable {
  /// Whether a recording shorter than a window is at a random place in it, else in the middle.
  public var shift = true
  /// The largest change of loudness, in dB: uniform in ± this.
  public var gainDecibels = 6.0
  /// The share of examples with white noise.
  public var noiseShare = 0.3
  /// The lowest ratio of signal to noise, in dB: uniform from this to 40 dB above.
  public var noiseDecibels = 10.0
  /// The longest time that is masked, as a share of the window: uniform from 0.
  ///
  /// - Source: Park et al. 2019, §2, with one mask of each kind.
  public var timeMask = 0.15
  /// The widest band of frequencies that is masked, as a share of the bands: uniform from 0.
  public var frequencyMask = 0.15
  /// The parameter α of mixing: two examples are mixed in the shares λ and 1 − λ, λ from the beta distribution of α and
  /// α; 0 for no mixing.
  ///
  /// - Source: Zhang et al. 2018, "mixup: Beyond empirical risk minimization", algorithm 1, with other partners than
  ///   those of the same batch.
  public var mixing = 0.2

  /// The default augmentation.
  public init() {}

  /// No changes.
  public static let none: Augmentation = {
    var none = Augmentation()
    (none.shift, none.gainDecibels, none.noiseShare, none.timeMask, none.frequencyMask, none.mixing) =
      (false, 0, 0, 0, 0, 0)
    return none
  }()

  /// The settings in files.
  static let fields: ConfigurationFields<Augmentation> = [
    .init("shift", \.shift, .flag, "Whether short recordings are at random places of the window", .optional),
    .init("gain_decibels", \.gainDecibels, .number(decibels), "The largest change of loudness, in dB", .optional),
    .init("noise_share", \.noiseShare, .number(share), "The share of examples with white noise", .optional),
    .init(
      "noise_decibels", \.noiseDecibels, .number(decibels), "The lowest ratio of signal to noise, in dB", .optional),
    .init("time_mask", \.timeMask, .number(share), "The longest masked time, as a share of the window", .optional),
    .init(
      "frequency_mask", \.frequencyMask, .number(share), "The widest masked band, as a share of the bands", .optional),
    .init(
      "mixing", \.mixing, .number(AllowedValues("in [0, 10]") { (0...10).contains($0) }),
      "The parameter of mixing two examples; 0 for none", .optional),
  ]

  private static let share = AllowedValues<Double>("in [0, 1]") { (0...1).contains($0) }
  private static let decibels = AllowedValues<Double>("0 to 100 dB", unit: " dB") { (0...100).contains($0) }
}

extension Augmentation {
  /// The silence before the samples of a window.
  ///
  /// - Parameter room: the samples that are missing to a whole window.
  func offset(room: Int, random: inout Philox) -> Int {
    let position = random.uniform()
    return shift ? Int(position * Double(room + 1)) : room / 2
  }

  /// Changes loudness and adds noise.
  func apply(to samples: inout [Float], random: inout Philox) {
    let gain = gainDecibels * (2 * random.uniform() - 1)
    let (isNoisy, ratio) = (random.uniform() < noiseShare, noiseDecibels + 40 * random.uniform())
    let factor = Float(pow(10, gain / 20))
    if isNoisy && !samples.isEmpty {
      let power = samples.reduce(0.0) { $0 + Double($1 * $1) } / Double(samples.count)
      let deviation = (power * pow(10, -ratio / 10)).squareRoot()
      for index in samples.indices { samples[index] += Float(deviation * random.normal()) }
    }
    if factor != 1 { for index in samples.indices { samples[index] *= factor } }
  }

  /// Masks a run of frames and a run of bands by the mean of the map.
  ///
  /// - Shapes: map [frames, bands].
  func mask(_ map: UnsafeMutableBufferPointer<Float>, bands: Int, random: inout Philox) {
    let frames = map.count / max(1, bands)
    let time = Self.run(of: frames, share: timeMask, random: &random)
    let frequency = Self.run(of: bands, share: frequencyMask, random: &random)
    if time.isEmpty && frequency.isEmpty { return }
    let mean = Float(map.reduce(0.0) { $0 + Double($1) } / Double(max(1, map.count)))
    for frame in 0..<frames {
      for band in time.contains(frame) ? 0..<bands : frequency { map[frame * bands + band] = mean }
    }
  }

  /// A random run of at most a share of some items.
  private static func run(of count: Int, share: Double, random: inout Philox) -> Range<Int> {
    let length = Int(random.uniform() * (share * Double(count) + 1))
    let start = Int(random.uniform() * Double(count - min(length, count) + 1))
    return start..<min(count, start + length)
  }

  /// The share of the first of two examples; 1 where they are not mixed.
  ///
  /// - Source: Jöhnk 1964, the generator of beta numbers.
  func share(random: inout Philox) -> Double {
    if mixing == 0 { return 1 }
    // A loop of many turns would need a parameter far above the allowed ones.
    for _ in 0..<1000 {
      let (x, y) = (pow(random.uniform(), 1 / mixing), pow(random.uniform(), 1 / mixing))
      if x + y <= 1 && x + y > 0 { return max(x, y) / (x + y) }
    }
    return 1
  }
}
