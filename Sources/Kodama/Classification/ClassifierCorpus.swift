import KodamaAudio
import KodamaCheckpoints
import KodamaClassifierTraining
import KodamaClassifiers
import KodamaCore
import KodamaTraining

/// The recordings that a classifier is trained and validated on, with their labels, and the configuration that follows
/// from them.
struct ClassifierCorpus {
  let training: Recordings
  /// Nil where there are none.
  let validation: Recordings?
  /// The index of the label of each set, by recording.
  let trainingLabels: [[Int]]
  let validationLabels: [[Int]]
  let configuration: ClassifierConfiguration
  /// The index of the corpus.
  let index: CorpusIndex
  /// Warnings about skipped, converted and unusable files.
  let warnings: [String]
  let fingerprints: (corpus: StableHash, validation: StableHash?)

  /// Scans the recordings.
  ///
  /// - Parameters:
  ///   - model: a model whose features, window and network are taken; nil for those of the settings.
  ///   - teacher: a model whose features, where they are of the same rate, and window are taken unless the settings have
  ///     others.
  /// - Throws: `AudioFault`, `FileFault`, `LabelFault`, `ClassifierFault`, `TrainingFault`.
  init(
    corpus: String, validationFolder: String?, settings: ClassifierSettings, model: ClassifierConfiguration?,
    teacher: ClassifierConfiguration?, labels: CorpusLabels, strict: Bool, reusing earlier: CorpusIndex?,
    workers: Workers, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws {
    for folder in [corpus] + (validationFolder.map { [$0] } ?? []) { try CorpusIndex.check(folder) }
    index = try CorpusIndex.scan(
      corpus, labels: labels, options: settings.recordingOptions, elsewhere: validationFolder, reusing: earlier,
      strict: strict, workers: workers, progress: progress)
    let other = try validationFolder.map {
      try CorpusIndex.scan(
        $0, labels: labels, options: settings.recordingOptions, elsewhere: corpus, strict: strict, workers: workers)
    }
    let sounding = try index.sounding()
    let sets = try LabelSet.sets(named: settings.labels, of: sounding.files)
    for set in sets {
      if set.values.count == 1 { throw ClassifierFault.oneClass(set: set.name, label: set.values[0]) }
      if other == nil && settings.validationPercent > 0 { try Self.checkSingleRecordings(of: set, in: sounding) }
    }
    let split =
      try other.map { Split(training: sounding, validation: try $0.sounding()) }
      ?? Split(
        sounding, validationPercent: settings.validationPercent, labelSets: settings.labels, dividing: false)
    let corpusRate = index.modelSampleRate
    let rate = model?.sampleRate ?? settings.sampleRate ?? settings.features?.sampleRate ?? corpusRate
    training = try Recordings(split.training, sampleRate: rate, workers: workers)
    validation =
      split.validation.entries.isEmpty ? nil : try Recordings(split.validation, sampleRate: rate, workers: workers)
    trainingLabels = try training.labels(of: sets)
    validationLabels = try validation?.labels(of: sets) ?? []
    let usual = Self.windowSeconds(of: training)
    let taught = teacher.flatMap { $0.sampleRate == rate ? $0.features : nil }
    configuration = ClassifierConfiguration(
      features: model?.features ?? settings.features ?? taught
        ?? ClassifierConfiguration.standardFeatures(sampleRate: rate),
      windowSeconds: model?.windowSeconds ?? settings.windowSeconds ?? teacher?.windowSeconds ?? usual,
      network: model?.network ?? settings.network, labels: sets)
    try configuration.validate(source: "settings")
    for recordings in [training] + (validation.map { [$0] } ?? []) { try recordings.checkLength(for: configuration) }
    let heldBack = validation.map { [$0] } ?? []
    if let other {
      warnings = CorpusRemarks.list(index, [training]) + CorpusRemarks.list(other, heldBack)
    } else {
      warnings = CorpusRemarks.list(index, [training] + heldBack)
    }
    fingerprints = (
      Self.fingerprint(split.training, trainingLabels, sets),
      validation == nil ? nil : Self.fingerprint(split.validation, validationLabels, sets)
    )
  }

  /// Throws where a label is on one recording only, which cannot be both learned and held out.
  private static func checkSingleRecordings(of set: LabelSet, in index: CorpusIndex) throws(ClassifierFault) {
    let files = Dictionary(grouping: index.entries) { $0.labels[set.name] ?? "" }
    let single = set.values.filter { files[$0]?.count == 1 }
    if !single.isEmpty {
      throw .singleRecordings(
        set: set.name, labels: single, files: single.compactMap { files[$0]?.first?.path })
    }
  }

  /// The length of the 95th of 100 recordings, in tenths of a second, from 0.5 to 4 s.
  private static func windowSeconds(of recordings: Recordings) -> Double {
    let lengths = (0..<recordings.count).map(recordings.frames).sorted()
    let seconds = Double(lengths[(lengths.count - 1) * 95 / 100]) / Double(recordings.sampleRate)
    return min(4, max(0.5, (10 * seconds).rounded(.up) / 10))
  }

  private static func fingerprint(_ index: CorpusIndex, _ labels: [[Int]], _ sets: [LabelSet]) -> StableHash {
    var state = StableHash.State()
    state.combine(index.fingerprint.value)
    for own in labels { for (set, label) in zip(sets, own) { state.combine(set.values[label]) } }
    return state.hash
  }
}

extension CorpusIndex {
  /// The paths and labels of the files.
  var files: [LabelledFile] { entries.map { ($0.path, $0.labels) } }
}

extension Recordings {
  /// The index of the label of each set, by recording.
  ///
  /// - Throws: `LabelFault`.
  func labels(of sets: [LabelSet]) throws(LabelFault) -> [[Int]] {
    let files = items.map { ($0.path, $0.labels) }
    var labels = [[Int]](repeating: [], count: count)
    for set in sets { for (index, label) in try set.indices(of: files).enumerated() { labels[index].append(label) } }
    return labels
  }

  /// Throws where recordings are shorter than the window of a frame.
  ///
  /// - Throws: `ClassifierFault.tooShort`.
  func checkLength(for configuration: ClassifierConfiguration) throws(ClassifierFault) {
    let least = configuration.features.windowLength
    let short = (0..<count).filter { frames(of: $0) < least }.map { items[$0].path }
    if !short.isEmpty { throw .tooShort(files: short, least: least, sampleRate: sampleRate) }
  }
}
