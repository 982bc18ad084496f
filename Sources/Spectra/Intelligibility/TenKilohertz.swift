import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Conversion to 10 kHz as the measures of intelligibility define it.
///
/// With p/q = 10,000 / rate in lowest terms, y[m] = Σ_k x[k] h[q m + L − p k], zeros outside the sound, m from 0 to
/// ⌈p · samples / q⌉ − 1. h is a sinc with its edge at 1/(2 max(p, q)) of the rate that both share, through a Kaiser
/// window of 60 dB (β = 0.1102 (60 − 8.7)) whose 2 L + 1 taps give a transition of a tenth of the edge,
/// L = ⌈(60 − 8) / (28.714 · edge/10)⌉; the taps sum to p.
///
/// - Source: the design of Octave's `resample`, which the reference implementations use; Kaiser 1974 for the window.
struct TenKilohertz: Sendable {
  /// Samples per second of the result, in Hz.
  static let sampleRate = 10_000

  /// p and q.
  private let (up, down): (Int, Int)
  /// L.
  private let reach: Int
  /// The number of taps of a phase, a multiple of `lanes`.
  private let width: Int
  /// The taps of each phase, those of the earliest sample first: [phase, tap].
  private let taps: [Double]

  private static let lanes = 8
  private static let cache = RateCache(TenKilohertz.init)

  /// The conversion from a rate in Hz.
  static func from(_ sampleRate: Int) -> TenKilohertz { cache[sampleRate] }

  private init(_ sampleRate: Int) {
    let divisor = Self.commonDivisor(Self.sampleRate, sampleRate)
    let (p, q) = (Self.sampleRate / divisor, sampleRate / divisor)
    (up, down) = (p, q)
    if p == q {
      (reach, width, taps) = (0, Self.lanes, [Double](repeating: 0, count: Self.lanes - 1) + [1])
      return
    }
    let edge = 1 / (2 * Double(max(p, q)))
    let reach = Int(((60 - 8) / (28.714 * (edge / 10))).rounded(.up))
    let beta = 0.1102 * (60 - 8.7)
    let filter = (-reach...reach).map { index -> Double in
      let (t, share) = (Double(index), Double(index) / Double(reach))
      let angle = Double.pi * 2 * edge * t
      let sinc = index == 0 ? 1 : sin(angle) / angle
      return sinc * Self.bessel(beta * (1 - share * share).squareRoot())
    }
    let gain = Double(p) / filter.reduce(0, +)
    let count = (filter.count + p - 1) / p
    let width = (count + Self.lanes - 1) / Self.lanes * Self.lanes
    var taps = [Double](repeating: 0, count: p * width)
    for (index, tap) in filter.enumerated() {
      // The sample before the latest one has the next tap of the phase.
      taps[(index % p) * width + width - 1 - index / p] = gain * tap
    }
    (self.reach, self.width, self.taps) = (reach, width, taps)
  }

  /// The number of converted samples.
  func count(of frames: Int) -> Int { (frames * up + down - 1) / down }

  /// Converted samples of a source with one channel.
  ///
  /// - Precondition: the range lies in 0..<`count(of: source.frames)`.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  func samples(of source: any SampleSource, in range: Range<Int>) throws -> [Double] {
    if range.isEmpty { return [] }
    let start = latest(for: range.lowerBound) - width + 1
    let end = latest(for: range.upperBound - 1) + 1
    let inside = min(max(start, 0), source.frames)..<max(0, min(end, source.frames))
    let block = try source.checkedSamples(in: inside)[0]
    var input = [Double](repeating: 0, count: end - start)
    for (index, sample) in block.enumerated() { input[inside.lowerBound - start + index] = Double(sample) }
    return [Double](unsafeUninitializedCapacity: range.count) { output, initialized in
      input.withUnsafeBufferPointer { input in
        taps.withUnsafeBufferPointer { taps in
          for (offset, index) in range.enumerated() {
            let phase = (index * down + reach) % up
            let first = latest(for: index) - width + 1 - start
            output.initializeElement(
              at: offset,
              to: Self.product(
                UnsafeRawPointer(taps.baseAddress.unsafelyUnwrapped + phase * width),
                UnsafeRawPointer(input.baseAddress.unsafelyUnwrapped + first), width))
          }
        }
      }
      initialized = range.count
    }
  }

  /// The latest sample that a converted one depends on.
  private func latest(for index: Int) -> Int { (index * down + reach) / up }

  /// The scalar product of numbers, whose count is a multiple of `lanes`.
  private static func product(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Double {
    var sum = SIMD8<Double>()
    for start in stride(from: 0, to: 8 * count, by: 8 * lanes) {
      sum +=
        a.loadUnaligned(fromByteOffset: start, as: SIMD8<Double>.self)
        * b.loadUnaligned(fromByteOffset: start, as: SIMD8<Double>.self)
    }
    return sum.sum()
  }

  /// The modified Bessel function of the first kind and order 0: Σ ((x/2)^k / k!)².
  private static func bessel(_ x: Double) -> Double {
    var (sum, term, k) = (1.0, 1.0, 1.0)
    while term > 1e-17 * sum {
      let factor = x / 2 / k
      term *= factor * factor
      sum += term
      k += 1
    }
    return sum
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }
}
