/// Two equal clicks with silence around them in a dry recording, by which the latency is measured: at the start of the
/// signals that Neural Amp Modeler and others play through a box.
///
/// They are recognized by their shape: silence of at least 0.1 s before each, a click of at most 5 ms, silence of at least
/// 0.2 s after it; their peaks differ by at most 1 %; the second follows 0.4 to 1.1 s after the first.
struct Blips: Equatable {
  /// The first sample of each.
  let starts: [Int]
  /// The silent samples before each, and after each.
  let silence: (before: Int, after: Int)

  static func == (a: Blips, b: Blips) -> Bool { a.starts == b.starts && a.silence == b.silence }

  /// A click between silences.
  private struct Click {
    let start: Int
    let peak: Float
    let before: Int
    let after: Int
  }

  /// Magnitudes of silence, as a part of the peak of the recording.
  private static let quiet: Float = 1e-3

  /// The first two clicks of the first half minute of a recording; nil where there are none.
  init?(in samples: [Float], sampleRate: Int) {
    let rate = Double(sampleRate)
    let part = samples[0..<min(samples.count, 30 * sampleRate)]
    let threshold = Self.quiet * (part.reduce(0) { max($0, $1.magnitude) })
    if threshold == 0 { return nil }
    let clicks = Self.clicks(part, threshold: threshold, longest: Int(0.005 * rate)).filter {
      $0.before >= Int(0.1 * rate) && $0.after >= Int(0.2 * rate)
    }
    let distances = Int(0.4 * rate)...Int(1.1 * rate)
    for (first, second) in zip(clicks, clicks.dropFirst()) {
      let isPair =
        distances.contains(second.start - first.start)
        && (second.peak - first.peak).magnitude <= 0.01 * first.peak.magnitude
      if isPair {
        starts = [first.start, second.start]
        silence = (min(first.before, second.before), min(first.after, second.after))
        return
      }
    }
    return nil
  }

  /// The sounds of at most a length: what is louder than a threshold, with pauses of less than that length.
  private static func clicks(_ samples: ArraySlice<Float>, threshold: Float, longest: Int) -> [Click] {
    var sounds: [(start: Int, end: Int, peak: Float)] = []
    for (index, sample) in samples.enumerated() where sample.magnitude > threshold {
      if let last = sounds.last, index - last.end <= longest {
        let isLouder = sample.magnitude > last.peak.magnitude
        sounds[sounds.count - 1] = (last.start, index + 1, isLouder ? sample : last.peak)
      } else {
        sounds.append((index, index + 1, sample))
      }
    }
    return sounds.indices.compactMap { index in
      let sound = sounds[index]
      if sound.end - sound.start > longest { return nil }
      let before = index > 0 ? sounds[index - 1].end : 0
      let after = index + 1 < sounds.count ? sounds[index + 1].start : samples.count
      return Click(start: sound.start, peak: sound.peak, before: sound.start - before, after: after - sound.end)
    }
  }

  /// The latency of a wet recording: when the mean of what follows the clicks first exceeds the noise before them. Nil
  /// where it does not.
  ///
  /// - Source: the trainer of Neural Amp Modeler for the mean over the clicks and the threshold, a magnitude of 0.0003
  ///   above the noise.
  func latency(of wet: [Float], sampleRate: Int) -> Int? {
    let lookahead = min(1_000, silence.before / 4)
    let reach = min(10_000, silence.after)
    // The noise, as long before the clicks as their sound cannot reach.
    let noise = starts[0] - silence.before / 2..<starts[0] - silence.before / 4
    guard noise.lowerBound >= 0, starts[1] + reach <= wet.count else { return nil }
    let mean = (-lookahead..<reach).map { offset in
      starts.reduce(Float(0)) { $0 + wet[$1 + offset] } / Float(starts.count)
    }
    let background = wet[noise].reduce(0) { max($0, $1.magnitude) }
    let threshold = max(background + 0.0003, 1.001 * background)
    guard let first = mean.firstIndex(where: { $0.magnitude > threshold }), first > 0 else { return nil }
    return first - lookahead
  }
}
