import KodamaCore

/// The alignment of two sounds in time: the optimal path through the mel-cepstra of `mcd-dtw`.
struct FrameAlignment: Sendable, Equatable {
  /// Why two sounds cannot be aligned.
  struct Obstacle: Error {
    let reason: String
  }

  /// Samples from one cepstral frame to the next.
  private let hopLength: Int
  /// For each cepstral frame of the reference, the middle one of the matched frames of the generated sound.
  private let counterparts: [Int]

  /// Aligns two sounds of one channel.
  ///
  /// - Throws: `Obstacle`; `SpectraFault.notFinite`, and errors of reading.
  init(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws {
    let rates = CepstralAnalysis.sampleRates
    if !rates.contains(reference.sampleRate) {
      throw Obstacle(
        reason: "sounds are aligned at \(rates.lowerBound) to \(rates.upperBound) Hz, and the rate is "
          + "\(reference.sampleRate) Hz")
    }
    let analysis = CepstralAnalysis.textbook[reference.sampleRate]
    let (rows, columns) = (
      analysis.stft.frames(samples: reference.frames), analysis.stft.frames(samples: generated.frames)
    )
    if !DynamicTimeWarping.isPossible(referenceFrames: rows, generatedFrames: columns) {
      throw Obstacle(reason: "\(rows) and \(columns) frames are too many to be aligned exactly; cut the sounds")
    }
    guard let first = try analysis.cepstra(of: reference, workers: workers) else {
      throw Obstacle(reason: "the reference is silent and cannot be aligned")
    }
    guard let second = try analysis.cepstra(of: generated, workers: workers) else {
      throw Obstacle(reason: "the generated sound is silent and cannot be aligned")
    }
    hopLength = analysis.stft.hopLength
    let path = DynamicTimeWarping.path(first, second, aligning: 1..<analysis.dimensions)
    var matched = [(first: Int, last: Int)?](repeating: nil, count: rows)
    for step in path { matched[step.reference] = (matched[step.reference]?.first ?? step.generated, step.generated) }
    // The path contains every frame of the reference.
    counterparts = matched.compactMap { $0.map { ($0.first + $0.last) / 2 } }
  }

  /// The matched pairs of frames for another hop length: each frame of the reference with one of the generated sound.
  func frames(hopLength hop: Int, reference: Int, generated: Int) -> [(Int, Int)] {
    (0..<reference).map { frame in
      let index = min(counterparts.count - 1, (frame * hop + hopLength / 2) / hopLength)
      return (frame, min(generated - 1, (counterparts[index] * hopLength + hop / 2) / hop))
    }
  }
}
