import KodamaCore

extension WaveNetStream {
  /// Samples as many codes as there is room for and writes their audio, in [−1, 1]: the samples that they represent,
  /// with de-emphasis where the model has pre-emphasis.
  ///
  /// - Precondition: their features are known (see `availableSamples`).
  /// - Parameter workers: with two threads or more a network that is large enough is shared by two, one of which lives
  ///   as long as the call: give them many samples at a time, and processors that nobody else uses. The samples are the
  ///   same. Recurrent networks stay on one thread.
  public mutating func fill(_ samples: inout MutableSpan<Float>, workers: Workers = .serial) {
    var index = 0
    if workers.threads > 1 && engine.layout.states.isEmpty && engine.packedBytes >= TwoThreadStream.leastBytes
      && samples.count > 4 * TwoThreadStream.trial
    {
      index = fillByTwo(&samples)
    }
    while index < samples.count {
      evaluate()
      samples[index] = drawSample()
      index += 1
    }
  }

  /// - Returns: the samples filled.
  private mutating func fillByTwo(_ samples: inout MutableSpan<Float>) -> Int {
    let (engine, trial) = (engine, TwoThreadStream.trial / 4)
    if uniqueMemory().pace.isAlone() { return 0 }
    // A few samples on one thread show how fast two must be.
    let alone = ContinuousClock().measure {
      for index in 0..<trial {
        evaluate()
        samples[index] = drawSample()
      }
    }
    let filled = samples.withUnsafeMutableBufferPointer { samples in
      let rest = UnsafeMutableBufferPointer(rebasing: samples[trial...])
      return withUnsafeMutablePointer(to: &self) { TwoThreadStream(engine, $0, rest, atMost: alone / trial).fill() }
    }
    memory.pace.note(isSlow: filled < samples.count - trial)
    return trial + filled
  }
}
