import KodamaCore

/// The common part of the mel-cepstral distortions.
enum CepstralDistortion {
  /// K = 10 √2 / ln 10: dB for one unit of the Euclidean distance of two mel-cepstra.
  private static let decibelsPerUnit = 6.141851463713754

  /// Mean distances, or the reason why there are none.
  enum Distances {
    case means(DynamicTimeWarping.Means)
    case referenceIsSilent
    case generatedIsSilent
    case tooLong(referenceFrames: Int, generatedFrames: Int)
  }

  /// The distance that the path minimizes, and the one that is reported.
  struct Scores {
    let aligned: Score
    let counted: Score

    fileprivate static func both(_ score: Score) -> Scores { Scores(aligned: score, counted: score) }
    fileprivate static func undefined(_ reason: String) -> Scores { both(.undefined(reason: reason)) }
  }

  /// K times the mean over channels of `distances`; undefined at rates without a convention, for too few samples, and
  /// where a channel is silent.
  ///
  /// - Parameters:
  ///   - analysis: the convention at a rate.
  ///   - distances: computes the mean distances of one channel of both.
  static func scores(
    reference: any SampleSource, generated: any SampleSource, analysis: RateCache<CepstralAnalysis>,
    distances: (CepstralAnalysis, any SampleSource, any SampleSource) throws -> Distances
  ) throws -> Scores {
    if reference.frames == 0 || generated.frames == 0 { return .both(.noSamples) }
    let (rate, rates) = (reference.sampleRate, CepstralAnalysis.sampleRates)
    if !rates.contains(rate) {
      return .undefined(
        "mel-cepstra are taken at \(rates.lowerBound) to \(rates.upperBound) Hz, and the rate is \(rate) Hz")
    }
    let analysis = analysis[rate]
    let shortest = min(reference.frames, generated.frames)
    if analysis.stft.frames(samples: shortest) == 0 {
      return .undefined("a frame has \(analysis.stft.fftLength) samples, and there are \(shortest)")
    }
    var (aligned, counted) = (0.0, 0.0)
    let channels = zip(SingleChannel.all(of: reference), SingleChannel.all(of: generated))
    for (channel, pair) in channels.enumerated() {
      switch try distances(analysis, pair.0, pair.1) {
      case .means(let means):
        aligned += means.aligned
        counted += means.counted
      case .referenceIsSilent: return .undefined("channel \(channel) of the reference is silent")
      case .generatedIsSilent: return .undefined("channel \(channel) of the generated sound is silent")
      case .tooLong(let first, let second):
        return .undefined("\(first) and \(second) frames are too many to be aligned exactly; cut the sounds")
      }
    }
    let scale = decibelsPerUnit / Double(reference.channelCount)
    return Scores(aligned: .value(scale * aligned), counted: .value(scale * counted))
  }

  /// The scores along the optimal path through both sounds.
  ///
  /// - Parameters:
  ///   - aligning: the first coefficient in the distance that the path minimizes.
  ///   - counting: the first coefficient in the reported distance.
  static func alignedScores(
    reference: any SampleSource, generated: any SampleSource, workers: Workers, aligning: Int, counting: Int,
    analysis: RateCache<CepstralAnalysis>
  ) throws -> Scores {
    try scores(reference: reference, generated: generated, analysis: analysis) { analysis, reference, generated in
      let rows = analysis.stft.frames(samples: reference.frames)
      let columns = analysis.stft.frames(samples: generated.frames)
      if !DynamicTimeWarping.isPossible(referenceFrames: rows, generatedFrames: columns) {
        return .tooLong(referenceFrames: rows, generatedFrames: columns)
      }
      guard let first = try analysis.cepstra(of: reference, workers: workers) else { return .referenceIsSilent }
      guard let second = try analysis.cepstra(of: generated, workers: workers) else { return .generatedIsSilent }
      let dimensions = analysis.dimensions
      return .means(
        DynamicTimeWarping.meanDistances(
          first, second, aligning: aligning..<dimensions, counting: counting..<dimensions))
    }
  }
}
