import KodamaCore

/// The two sides of a comparison.
enum Side: Sendable {
  case reference
  case generated
}

/// A comparison in progress.
struct Comparison {
  private let metrics: [Metric]
  private let workers: Workers
  private let pairMeasurements: [any PairMeasurement.Type]
  private let soundMeasurements: [any SoundMeasurement.Type]
  private var tallies: [any SetTally]
  private var pairs: [PairScores] = []
  private var reference = SetScores.Extent()
  private var generated = SetScores.Extent()
  /// The first sound opened: all others must be like it.
  private var example: (name: String, sampleRate: Int, channelCount: Int)?

  init(metrics: [Metric], workers: Workers) {
    self.metrics = metrics
    self.workers = workers
    pairMeasurements = Metric.pairMeasurements.filter { $0.metrics.contains(where: metrics.contains) }
    soundMeasurements = Metric.soundMeasurements.filter { $0.metrics.contains(where: metrics.contains) }
    tallies = Metric.setMeasurements.filter { $0.metrics.contains(where: metrics.contains) }.map { $0.tally() }
  }

  /// Whether a metric of sets was asked for.
  var comparesSets: Bool { !tallies.isEmpty }

  /// Measures a pair and adds its sounds to the two sets.
  mutating func add(reference: Sound, generated: Sound) throws {
    let first = try open(reference, as: .reference)
    let second = try open(generated, as: .generated)
    if metrics.contains(where: { $0.scope == .pairs }) && first.frames != second.frames {
      throw SpectraFault.lengthsDiffer(
        reference: reference.name, referenceFrames: first.frames, generated: generated.name,
        generatedFrames: second.frames)
    }
    var scores: [(Metric, Score)] = []
    for measurement in pairMeasurements {
      let measured = try measurement.measure(reference: first, generated: second, workers: workers)
      scores += zip(measurement.metrics, measured)
    }
    for measurement in soundMeasurements {
      scores += zip(measurement.metrics, try measurement.measure(second, workers: workers))
    }
    for index in tallies.indices {
      scores += try tallies[index].add(reference: first, generated: second, workers: workers)
    }
    let wanted = scores.filter { metrics.contains($0.0) }
    pairs.append(PairScores(reference: reference.name, generated: generated.name, wanted))
  }

  /// Adds a sound without a counterpart to a set.
  mutating func add(_ sound: Sound, to side: Side) throws {
    let source = try open(sound, as: side)
    for index in tallies.indices { try tallies[index].add(source, to: side, workers: workers) }
  }

  /// All scores.
  func result(unpairedReference: [String], unpairedGenerated: [String]) -> EvaluationResult {
    let aggregate = metrics.compactMap { metric in
      Statistics(pairs.compactMap { $0.scores[metric.key] }).map { (metric.key, $0) }
    }
    return EvaluationResult(
      metrics: metrics, pairs: pairs, aggregate: Dictionary(uniqueKeysWithValues: aggregate),
      sets: comparesSets ? setScores : nil,
      unpairedReference: unpairedReference, unpairedGenerated: unpairedGenerated)
  }

  /// The scores of other generated sounds against the references that were added.
  ///
  /// - Precondition: a metric of sets was asked for.
  mutating func scores(replacingGenerated sounds: [Sound]) throws -> SetScores {
    precondition(comparesSets, "metrics \(metrics.map(\.name)) have no scores of sets")
    generated = SetScores.Extent()
    for index in tallies.indices { tallies[index].removeGenerated() }
    for sound in sounds { try add(sound, to: .generated) }
    return setScores
  }

  private var setScores: SetScores {
    let scores = tallies.flatMap { $0.scores() }.filter { metrics.contains($0.0) }
    return SetScores(reference: reference, generated: generated, scores)
  }

  private mutating func open(_ sound: Sound, as side: Side) throws -> any SampleSource {
    let source = try sound.open()
    let example = example ?? (sound.name, source.sampleRate, source.channelCount)
    self.example = example
    if source.sampleRate != example.sampleRate {
      throw SpectraFault.sampleRatesDiffer(
        first: example.name, firstRate: example.sampleRate, second: sound.name, secondRate: source.sampleRate)
    }
    if source.channelCount != example.channelCount {
      throw SpectraFault.channelCountsDiffer(
        first: example.name, firstCount: example.channelCount, second: sound.name, secondCount: source.channelCount)
    }
    let seconds = Double(source.frames) / Double(source.sampleRate)
    switch side {
    case .reference: reference.add(seconds: seconds)
    case .generated: generated.add(seconds: seconds)
    }
    return source
  }
}
