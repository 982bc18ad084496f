import KodamaAudio
import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaSpectra
import KodamaTensors

/// Scores of sounds by a classifier: whether it finds the labels that they should have, and how near the generated
/// sounds are to the recordings by its embeddings.
///
/// The metrics carry the name of the model, because values by different models cannot be compared:
///
/// | metric | of | what |
/// | --- | --- | --- |
/// | `ear:digit-accuracy` | each sound whose label is known | 100 where the likeliest label is the right one, else 0 |
/// | `ear:digit-probability` | each sound whose label is known | the probability of the right label, in percent |
/// | `ear:digit-inception` | the generated sounds | the inception score |
/// | `ear:frechet` | the sets | the Fréchet distance of the embeddings |
/// | `ear:kernel` | the sets | their kernel distance |
public struct RecognitionMetrics: Sendable {
  /// All metrics.
  public var metrics: [Metric] { sets.flatMap { [$0.accuracy, $0.probability, $0.inception] } + [frechet, kernel] }

  /// How convincing sounds are: the probability of the right label of each set.
  var probabilities: [Metric] { sets.map(\.probability) }

  private struct OfSet: Sendable {
    let labels: LabelSet
    let accuracy: Metric
    let probability: Metric
    let inception: Metric
  }

  private let model: ClassifierModel
  private let labels: CorpusLabels
  private let sets: [OfSet]
  private let frechet: Metric
  private let kernel: Metric

  /// Metrics of a model.
  ///
  /// - Parameters:
  ///   - name: the name of the model in those of the metrics.
  ///   - labels: the source of the labels that sounds should have.
  public init(model: ClassifierModel, name: String, labels: CorpusLabels = .folders) {
    func plain(_ text: String) -> String {
      String(text.unicodeScalars.map { $0.properties.isAlphabetic || ("0"..."9").contains($0) ? Character($0) : "-" })
    }
    let prefix = plain(name) + ":"
    (self.model, self.labels) = (model, labels)
    sets = model.configuration.labels.map { set in
      let (own, what) = (prefix + plain(set.name), "the \(set.name)")
      return OfSet(
        labels: set,
        accuracy: Metric(
          name: own + "-accuracy", title: "recognition of \(what)", unit: "%", direction: .higherIsBetter,
          scope: .sounds,
          definition: "100 where the classifier \(name) finds \(what) that the sound should have likeliest, else 0",
          source: "kodama classify"),
        probability: Metric(
          name: own + "-probability", title: "probability of \(what)", unit: "%", direction: .higherIsBetter,
          scope: .sounds,
          definition: "what probability the classifier \(name) gives \(what) that the sound should have",
          source: "kodama classify"),
        inception: Metric(
          name: own + "-inception", title: "inception score of \(what)", unit: "", direction: .higherIsBetter,
          scope: .sets,
          definition:
            "exp of the mean of KL(p(label | sound) || p(label)) over the generated sounds, by the classifier "
            + name, source: "Salimans et al. 2016, section 4"))
    }
    frechet = Metric(
      name: prefix + "frechet", title: "Fréchet distance of embeddings", unit: "", direction: .lowerIsBetter,
      scope: .sets,
      definition: "|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of the last embeddings of the classifier \(name)",
      source: "Heusel et al. 2017, eq. 6")
    kernel = Metric(
      name: prefix + "kernel", title: "kernel distance of embeddings", unit: "", direction: .lowerIsBetter,
      scope: .sets,
      definition: "unbiased squared MMD of the last embeddings of the classifier \(name), kernel (x.y / d + 1)^3",
      source: "Binkowski et al. 2018, section 4")
  }

  /// A classified sound.
  private struct ClassifiedSound {
    let name: String
    let seconds: Double
    let recognition: Recognition
    /// The index of the right label of each set; nil where it is not known.
    let right: [Int?]
  }

  /// The scores of two sides.
  ///
  /// - Throws: errors of reading; `ClassifierFault.tooShort`, `SpectraFault`, `AudioFault.badLabels`.
  func scores(
    reference: [Sound], generated: [Sound], workers: Workers
  ) throws -> FurtherScores {
    let (first, second) = (try classified(reference, workers), try classified(generated, workers))
    var (scores, references) = ([String: [(Metric, Score)]](), [String: [Double]]())
    for sound in second { scores[sound.name] = self.scores(of: sound) }
    for sound in first {
      for (metric, score) in self.scores(of: sound) {
        if let value = score.value { references[metric.name, default: []].append(value) }
      }
    }
    let (found, intervals) = distances(first, second)
    var extents = (reference: SetScores.Extent(), generated: SetScores.Extent())
    for sound in first { extents.reference.add(seconds: sound.seconds) }
    for sound in second { extents.generated.add(seconds: sound.seconds) }
    return FurtherScores(
      metrics: metrics, generated: scores, references: references, sets: found, intervals: intervals, extents: extents)
  }

  /// Classifies sounds, several in parallel.
  private func classified(_ sounds: [Sound], _ workers: Workers) throws -> [ClassifiedSound] {
    let classifier = try SoundClassifier(model)
    let (rate, sets) = (model.configuration.sampleRate, model.configuration.labels)
    let conversions = Conversions(mixesDown: true, rate: .hertz(rate)) { try ResampledSource($0, sampleRate: $1) }
    let results = workers.map(parts: sounds.count) { index in
      Result { () throws -> (Recognition, Double) in
        let source = try conversions.apply(to: sounds[index].open(), sampleRate: rate).source
        let found = try classifier.classify(frames: source.frames, name: sounds[index].name) {
          try source.samples(in: $0)[0]
        }
        return (found, Double(source.frames) / Double(rate))
      }
    }
    let (table, find) = (try labels.table(), try labels.finder())
    return try zip(sounds, results).map { sound, result in
      let own = table?[PathBytes(sound.name)] ?? find(sound.name)
      let (recognition, seconds) = try result.get()
      return ClassifiedSound(
        name: sound.name, seconds: seconds, recognition: recognition,
        right: sets.map { set in own[set.name].flatMap { set.values.firstIndex(of: $0) } })
    }
  }

  private func scores(of sound: ClassifiedSound) -> [(Metric, Score)] {
    zip(sets, zip(sound.recognition.sets, sound.right)).flatMap { set, own -> [(Metric, Score)] in
      guard let right = own.1 else {
        let unknown = Score.undefined(reason: "the \(set.labels.name) that it should have is not known to the model")
        return [(set.accuracy, unknown), (set.probability, unknown)]
      }
      return [
        (set.accuracy, .value(own.0.index == right ? 100 : 0)),
        (set.probability, .value(100 * own.0.probabilities[right])),
      ]
    }
  }

  /// The metrics of sets, with their intervals.
  private func distances(
    _ first: [ClassifiedSound], _ second: [ClassifiedSound]
  ) -> ([(Metric, Score)], [String: ConfidenceInterval]) {
    var (scores, intervals) = ([(Metric, Score)](), [String: ConfidenceInterval]())
    let counts = (first.count, second.count)
    func add(_ metric: Metric, _ statistic: ([Int], [Int]) -> Double?) {
      guard let value = statistic(Array(0..<counts.0), Array(0..<counts.1)) else {
        return scores.append((metric, .undefined(reason: "it needs two sounds of each side")))
      }
      scores.append((metric, .value(value)))
      intervals[metric.name] = EmbeddingStatistics.interval(
        of: value, counts: counts, statistic)
    }
    for (index, set) in sets.enumerated() {
      let probabilities = second.map { $0.recognition.sets[index].probabilities }
      add(set.inception) { EmbeddingStatistics.inceptionScore($1.map { probabilities[$0] }) }
    }
    let (a, b) = (first.map(\.recognition.embedding), second.map(\.recognition.embedding))
    add(frechet) { rows, others in
      EmbeddingStatistics.frechetDistance(rows.map { a[$0] }, others.map { b[$0] })
    }
    let kernels = EmbeddingStatistics.kernels(a + b)
    add(kernel) { rows, others in
      EmbeddingStatistics.kernelDistance(kernels, rows, others.map { $0 + counts.0 })
    }
    return (scores, intervals)
  }
}
