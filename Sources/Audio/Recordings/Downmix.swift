/// Turns channels into one.
package enum Downmix {
  /// The mean of the channels of interleaved samples.
  package static func mono(_ block: [Float], channels: Int) -> [Float] {
    if channels == 1 { return block }
    let scale = 1 / Float(channels)
    return (0..<block.count / channels).map { t in
      var sum: Float = 0
      for c in 0..<channels { sum += block[t * channels + c] }
      return sum * scale
    }
  }
}
