import KodamaCore

/// What one pass finds in the frames of one channel, or of a part of it.
struct PitchAnalysis: Sendable {
  let yin: YIN
  /// The frequency of every frame by YIN, in Hz.
  private(set) var frequencies: [Double] = []
  /// Whether YIN calls the frame voiced.
  private(set) var isVoiced: [Bool] = []
  /// The candidates of pYIN; empty where they were not asked for.
  private(set) var candidates = PitchCandidates()
  /// Where the differences of the frame at hand have troughs.
  private var troughs: [Int] = []

  init(yin: YIN) { self.yin = yin }

  /// YIN's track.
  var track: PitchTrack {
    PitchTrack(frequencies: frequencies, isVoiced: isVoiced, hopLength: yin.hopLength, sampleRate: yin.sampleRate)
  }

  /// Adds a frame.
  mutating func add(_ values: NormalizedDifference.Values, finder: PitchCandidateFinder?) {
    let differences = values.differences
    findTroughs(differences)
    let index = troughs.first { differences[$0] < yin.threshold } ?? PitchAnalysis.least(of: differences)
    frequencies.append(yin.frequency(at: index, of: differences))
    isVoiced.append(values.aperiodicities[index] < yin.voicingThreshold)
    finder?.add(differences, troughs: troughs, to: &candidates)
  }

  /// Adds the frames of what follows.
  mutating func append(_ other: PitchAnalysis) {
    frequencies += other.frequencies
    isVoiced += other.isVoiced
    candidates.append(other.candidates)
  }

  /// A trough is lower than the number before it and not higher than the one after it; the ends are where they are lower
  /// than their neighbour.
  private mutating func findTroughs(_ numbers: UnsafeBufferPointer<Double>) {
    troughs.removeAll(keepingCapacity: true)
    if numbers[0] < numbers[1] { troughs.append(0) }
    let last = numbers.count - 1
    for index in 1..<last where numbers[index] < numbers[index - 1] && numbers[index] <= numbers[index + 1] {
      troughs.append(index)
    }
    if numbers[last] < numbers[last - 1] { troughs.append(last) }
  }

  private static func least(of numbers: UnsafeBufferPointer<Double>) -> Int {
    var index = 0
    for other in 1..<numbers.count where numbers[other] < numbers[index] { index = other }
    return index
  }
}

extension YIN {
  /// Frames worked on in one go.
  private static let framesPerPart = 64

  /// The analysis of every channel, read once in blocks.
  func analysis(
    of source: any SampleSource, candidates finder: PitchCandidateFinder?, workers: Workers
  ) throws -> [PitchAnalysis] {
    precondition(source.sampleRate == sampleRate, "a sound of \(source.sampleRate) Hz, settings for \(sampleRate) Hz")
    var channels = [PitchAnalysis](repeating: PitchAnalysis(yin: self), count: source.channelCount)
    let framing = STFT(fftLength: frameLength, hopLength: hopLength, window: .rectangular)
    let frames = framing.frames(samples: source.frames)
    let block = max(1, Blocks.frames / hopLength / YIN.framesPerPart) * YIN.framesPerPart
    for start in stride(from: 0, to: frames, by: block) {
      let range = start..<min(frames, start + block)
      let segments = try framing.paddedSegments(of: source, frames: range)
      for (channel, segment) in segments.enumerated() {
        for part in parts(of: segment, frames: range.count, finder, workers) { channels[channel].append(part) }
      }
    }
    return channels
  }

  /// The analyses of the parts of a block of one channel, in order.
  private func parts(
    of segment: [Float], frames: Int, _ finder: PitchCandidateFinder?, _ workers: Workers
  ) -> [PitchAnalysis] {
    let count = (frames + YIN.framesPerPart - 1) / YIN.framesPerPart
    return workers.map(parts: count) { part in
      let difference = NormalizedDifference(self)
      var analysis = PitchAnalysis(yin: self)
      segment.withUnsafeBufferPointer { samples in
        let first = part * YIN.framesPerPart
        for frame in first..<min(frames, first + YIN.framesPerPart) {
          let start = frame * hopLength
          let values = difference.of(UnsafeBufferPointer(rebasing: samples[start..<start + frameLength]))
          analysis.add(values, finder: finder)
        }
      }
      return analysis
    }
  }
}
