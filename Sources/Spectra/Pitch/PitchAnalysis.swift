import KodamaCore

/// The results of one pass over the frames of one channel, or of a part of it.
struct PitchAnalysis: Sendable {
  let yin: YIN
  /// The frequency of every frame by YIN, in Hz.
  private(set) var frequencies: [Double] = []
  /// Whether each frame is voiced by YIN.
  private(set) var isVoiced: [Bool] = []
  /// The candidates of pYIN; empty where not requested.
  private(set) var candidates = PitchCandidates()
  /// The indices of troughs in the differences of the current frame.
  private var troughs: [Int] = []

  init(yin: YIN) { self.yin = yin }

  /// YIN's track.
  var track: PitchTrack {
    PitchTrack(frequencies: frequencies, isVoiced: isVoiced, hopLength: yin.hopLength, sampleRate: yin.sampleRate)
  }

  /// Adds a frame.
  mutating func add(
    _ samples: UnsafeBufferPointer<Float>, _ difference: NormalizedDifference, finder: PitchCandidateFinder?
  ) {
    let differences = difference.of(samples)
    findTroughs(differences)
    let index = troughs.first { differences[$0] < yin.threshold } ?? PitchAnalysis.least(of: differences)
    frequencies.append(yin.frequency(at: index, of: differences))
    isVoiced.append(difference.aperiodicity(at: index) < yin.voicingThreshold)
    finder?.add(differences, troughs: troughs, to: &candidates)
  }

  /// Appends the frames of the next part.
  mutating func append(_ other: PitchAnalysis) {
    frequencies += other.frequencies
    isVoiced += other.isVoiced
    candidates.append(other.candidates)
  }

  /// A trough is lower than the number before it and not higher than the one after it; an end is one where it is lower
  /// than its neighbor.
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
  /// The number of frames in one part.
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
          analysis.add(
            UnsafeBufferPointer(rebasing: samples[start..<start + frameLength]), difference, finder: finder)
        }
      }
      return analysis
    }
  }
}
