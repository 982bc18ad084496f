import KodamaCore

/// The evaluation of one pair or one sound, independent of all others, on any thread.
struct PairEvaluation: Sendable {
  /// A pair, or a sound of one side.
  enum Item: Sendable {
    case pair(reference: Sound, generated: Sound)
    case single(Sound, Side)
  }

  /// The findings of an item.
  struct Finding: Sendable {
    /// The contribution of a sound to its set: its length in seconds, and a summary for each accumulator.
    struct Part: Sendable {
      let seconds: Double
      let summaries: [any Sendable]
    }

    var scores: [(Metric, Score)] = []
    /// The scores of the reference by metrics of single sounds.
    var referenceScores: [(Metric, Score)] = []
    /// The conversions that were applied to the sounds.
    var conversions: [String] = []
    var reference: Part?
    var generated: Part?
  }

  /// The properties that all sounds must share.
  struct Example: Sendable {
    let name: String
    let sampleRate: Int
    let channelCount: Int
  }

  let metrics: [Metric]
  let accumulators: [any SetAccumulator]
  private let conversions: Conversions
  /// The properties of the comparison: those of the first sound, at the rate that all are converted to.
  let example: Example
  private let pairMeasurements: [any PairMeasurement.Type]
  private let soundMeasurements: [any SoundMeasurement.Type]

  /// - Parameter sounds: all sounds that are compared, first of them the one that all others must match.
  /// - Throws: errors of opening sounds.
  init(metrics: [Metric], conversions: Conversions, accumulators: [any SetAccumulator], sounds: [Sound]) throws {
    self.metrics = metrics
    self.conversions = conversions
    self.accumulators = accumulators
    let source = try sounds[0].open()
    example = Example(
      name: sounds[0].name, sampleRate: try conversions.sampleRate(of: sounds, first: source),
      channelCount: conversions.mixesDown ? 1 : source.channelCount)
    pairMeasurements = Metric.pairMeasurements.filter { $0.metrics.contains(where: metrics.contains) }
    soundMeasurements = Metric.soundMeasurements.filter { $0.metrics.contains(where: metrics.contains) }
  }

  /// Measures an item.
  ///
  /// - Throws: `SpectraFault`, and errors of opening and reading sounds.
  func evaluate(_ item: Item, workers: Workers) throws -> Finding {
    switch item {
    case .pair(let reference, let generated): try pair(reference, generated, workers)
    case .single(let sound, let side): try single(sound, side, workers)
    }
  }

  private func single(_ sound: Sound, _ side: Side, _ workers: Workers) throws -> Finding {
    var finding = Finding()
    let source = MeasuredSound(try open(sound, &finding), for: metrics)
    switch side {
    case .reference:
      finding.reference = try part(of: source, workers)
      finding.referenceScores = try soundScores(source, workers)
    case .generated:
      finding.generated = try part(of: source, workers)
      finding.scores = try soundScores(source, workers)
    }
    return finding
  }

  private func pair(_ reference: Sound, _ generated: Sound, _ workers: Workers) throws -> Finding {
    var finding = Finding()
    let (one, other, notes) = conversions.aligned(try open(reference, &finding), try open(generated, &finding))
    let (first, second) = (MeasuredSound(one, for: metrics), MeasuredSound(other, for: metrics))
    finding.conversions += notes
    let lengthsDiffer = first.frames != second.frames
    if lengthsDiffer && conversions.alignment == nil && metrics.contains(where: { $0.scope == .pairs }) {
      throw SpectraFault.lengthsDiffer(
        reference: reference.name, referenceFrames: first.frames, generated: generated.name,
        generatedFrames: second.frames)
    }
    for measurement in pairMeasurements {
      let metrics = measurement.metrics
      let scores: [Score]
      if lengthsDiffer && metrics[0].scope == .pairs {
        scores = try measurement.measureWarped(reference: first, generated: second, workers: workers)
      } else {
        scores = try measurement.measure(reference: first, generated: second, workers: workers)
      }
      finding.scores += zip(metrics, scores)
    }
    finding.scores += try soundScores(second, workers)
    finding.referenceScores = try soundScores(first, workers)
    let parts = (try part(of: first, workers), try part(of: second, workers))
    for (index, accumulator) in accumulators.enumerated() {
      finding.scores += accumulator.scores(reference: parts.0.summaries[index], generated: parts.1.summaries[index])
    }
    (finding.reference, finding.generated) = parts
    finding.scores.removeAll { !metrics.contains($0.0) }
    return finding
  }

  private func soundScores(_ source: any SampleSource, _ workers: Workers) throws -> [(Metric, Score)] {
    try soundMeasurements.flatMap { Array(zip($0.metrics, try $0.measure(source, workers: workers))) }
      .filter { metrics.contains($0.0) }
  }

  private func part(of source: any SampleSource, _ workers: Workers) throws -> Finding.Part {
    Finding.Part(
      seconds: Double(source.frames) / Double(source.sampleRate),
      summaries: try accumulators.map { try $0.summary(of: source, workers: workers) })
  }

  /// Opens a sound, converts it as requested, and checks that it matches the others.
  private func open(_ sound: Sound, _ finding: inout Finding) throws -> any SampleSource {
    let (source, notes) = try conversions.apply(to: sound.open(), sampleRate: example.sampleRate)
    finding.conversions += notes
    if source.sampleRate != example.sampleRate {
      throw SpectraFault.sampleRatesDiffer(
        first: example.name, firstRate: example.sampleRate, second: sound.name, secondRate: source.sampleRate)
    }
    if source.channelCount != example.channelCount {
      throw SpectraFault.channelCountsDiffer(
        first: example.name, firstCount: example.channelCount, second: sound.name, secondCount: source.channelCount)
    }
    return source
  }
}
