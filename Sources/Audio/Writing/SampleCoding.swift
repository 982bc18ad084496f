/// Turns samples into the bytes of a file.
///
/// An integer of b bits is round(x · 2^(b−1)), ties away from zero, clamped to −2^(b−1) … 2^(b−1) − 1. (libsndfile
/// wraps by default, and clips by flooring.)
extension AudioEncoding.SampleFormat {
  /// The 16-bit integer of a finite sample.
  static func int16(_ sample: Float) -> Int16 { Int16(max(-32_768, min(32_767, (sample * 32_768).rounded()))) }

  /// The 24-bit integer of a finite sample.
  static func int24(_ sample: Float) -> Int32 {
    Int32(max(-8_388_608, min(8_388_607, (sample * 8_388_608).rounded())))
  }

  /// The little-endian bytes of finite samples.
  func encode(_ samples: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: samples.count * bytes) { buffer, count in
      func put(_ bits: UInt32, bytes: Int) {
        for i in 0..<bytes { buffer[count + i] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * i)) }
        count += bytes
      }
      count = 0
      switch self {
      case .pcm16: for x in samples { put(UInt32(truncatingIfNeeded: Self.int16(x)), bytes: 2) }
      case .pcm24: for x in samples { put(UInt32(truncatingIfNeeded: Self.int24(x)), bytes: 3) }
      case .float32: for x in samples { put(x.bitPattern, bytes: 4) }
      }
    }
  }
}
