import KodamaCore

extension Harmonicity {
  /// The ratios of the frames of every channel that are not silent, in dB.
  ///
  /// - Precondition: the sound has the sample rate of these settings.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public func ratios(of source: any SampleSource, workers: Workers = .all) throws -> [[Double]] {
    try framesOrSilence(of: source, workers: workers).map { $0.compactMap { $0 } }
  }

  /// The ratio of every frame of every channel; nil where it is silent.
  package func framesOrSilence(of source: any SampleSource, workers: Workers) throws -> [[Double?]] {
    precondition(source.sampleRate == sampleRate, "a sound of \(source.sampleRate) Hz, settings for \(sampleRate) Hz")
    let frames = frames(samples: source.frames)
    var ratios = [[Double?]](repeating: [], count: source.channelCount)
    if frames == 0 { return ratios }
    let peaks = try peaks(of: source)
    for first in stride(from: 0, to: frames, by: Self.framesPerBlock) {
      let range = first..<min(frames, first + Self.framesPerBlock)
      let start = start(ofFrame: first, samples: source.frames)
      let end = self.start(ofFrame: range.upperBound - 1, samples: source.frames) + 2 * half
      let block = try source.checkedSamples(in: start..<end)
      for (channel, samples) in block.enumerated() {
        let parts = workers.map(parts: (range.count + Self.framesPerPart - 1) / Self.framesPerPart) { part in
          let frame = HarmonicityFrame(self, peak: peaks[channel])
          let from = range.lowerBound + part * Self.framesPerPart
          return (from..<min(range.upperBound, from + Self.framesPerPart)).map { number in
            let offset = self.start(ofFrame: number, samples: source.frames) - start
            return samples.withUnsafeBufferPointer {
              frame.ratio(of: UnsafeBufferPointer(rebasing: $0[offset..<offset + 2 * half]))
            }
          }
        }
        for part in parts { ratios[channel] += part }
      }
    }
    return ratios
  }

  /// Frames that are read at once, and by one thread.
  private static let (framesPerBlock, framesPerPart) = (256, 16)

  /// The largest distance of a sample of each channel from the channel's mean.
  private func peaks(of source: any SampleSource) throws -> [Double] {
    var channels = [(sum: Double, low: Float, high: Float)](
      repeating: (0, .infinity, -.infinity), count: source.channelCount)
    try source.forEachBlock { block in
      for (channel, samples) in block.enumerated() {
        for sample in samples {
          channels[channel].sum += Double(sample)
          channels[channel].low = min(channels[channel].low, sample)
          channels[channel].high = max(channels[channel].high, sample)
        }
      }
    }
    return channels.map { channel in
      let mean = channel.sum / Double(source.frames)
      return max(Double(channel.high) - mean, mean - Double(channel.low))
    }
  }
}
