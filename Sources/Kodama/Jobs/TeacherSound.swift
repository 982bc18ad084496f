import KodamaAudio
import KodamaCore
import KodamaGeneration
import KodamaInference
import KodamaTraining
import KodamaWaveNetTraining
import KodamaWaveNets

/// The sound that a teacher generates for its student: files in the folder of a run, `teacher-sound/3-george.wav`, of about
/// ten seconds each, over the combinations of labels in turn. `source.json` beside them has a fingerprint of what they follow
/// from, so that files of another teacher, length or seed are not taken for them.
struct TeacherSound {
  /// Complete files, as recordings to train on.
  struct Files {
    let recordings: Recordings
    /// The labels of each.
    let conditions: [Conditions]
    let fingerprint: StableHash
  }

  private let model: WaveNetModel
  private let seed: UInt64
  private let folder: String
  private let workers: Workers
  /// The labels of each file.
  private let conditions: [Conditions]
  /// Samples of each file.
  private let samples: Int

  private static let (sourceName, sourceKey) = ("source.json", "fingerprint")
  private static let fileSeconds = 10.0
  /// Files that are generated at once.
  private static let group = 16

  /// - Parameters:
  ///   - combinations: the combinations of labels; one without labels where the teacher is not conditioned on any.
  ///   - seed: that of the run.
  init(
    of model: WaveNetModel, combinations: [Conditions], seconds: Double, seed: UInt64, run: RunFolder, workers: Workers
  ) {
    (self.model, folder, self.workers) = (model, run.teacherSoundPath, workers)
    // Not the streams of the samples of audio.
    self.seed = StableHash("the sound of the teacher of \(seed)").value
    let files = max(Int((seconds / Self.fileSeconds).rounded(.up)), min(combinations.count, Int(seconds)))
    conditions = (0..<files).map { combinations[$0 % combinations.count] }
    samples = Int((seconds * Double(model.sampleRate) / Double(files)).rounded(.up))
  }

  private var names: [String] {
    conditions.enumerated().map { index, conditions in
      let words = model.configuration.conditioning.names(of: conditions).map(TrainingSample.word)
      return (["\(index + 1)"] + words).joined(separator: "-") + ".wav"
    }
  }

  /// Of everything that the files follow from.
  private var source: StableHash {
    var state = StableHash.State()
    state.combine(model.parameters.fingerprint.value)
    state.combine(seed)
    state.combine(UInt64(samples))
    for name in names { state.combine(name) }
    for conditions in conditions { state.combine(model.configuration.conditioning.description(of: conditions)) }
    return state.hash
  }

  /// Throws where the folder holds other files of these names; else records what they follow from.
  private func checkSource(_ paths: [String]) throws {
    let path = folder + "/" + Self.sourceName
    if AtomicFile.exists(path) {
      let found = try JSON(objectIn: path).members?.first { $0.key == Self.sourceKey }?.value.string
      if found == "\(source)" { return }
    } else if !paths.contains(where: AtomicFile.exists) {
      let json: JSON = .object([JSON.Member(Self.sourceKey, JSON(source.description))])
      return try AtomicFile.write(to: path, existing: .refuse) { try $0.write(json.indentedText) }
    }
    throw TrainingFault.badTargets(
      path: folder, problem: "it holds the sound of another teacher, or of another length, seed or other labels")
  }

  /// Generates the files that are missing.
  ///
  /// - Parameters:
  ///   - progress: called with the share that is done.
  ///   - shouldStop: called between blocks; true ends early, without the files that are not complete.
  /// - Returns: the files; nil where it was stopped.
  /// - Throws: `TrainingFault.badTargets` where the folder holds other sound; `FileFault`, `AudioFault`,
  ///   `GenerationFault`.
  func generate(progress: (_ share: Double) throws -> Void, shouldStop: () -> Bool) throws -> Files? {
    try Folder.create(folder)
    let paths = names.map { folder + "/" + $0 }
    try checkSource(paths)
    let engine = try WaveNetEngine(InferenceModel(model))
    for files in stride(from: 0, to: paths.count, by: Self.group).map({ $0..<min(paths.count, $0 + Self.group) })
    where !files.allSatisfy({ Folder.hasFile(paths[$0]) }) {
      let job = try GenerationJob(
        engine: engine, seed: seed, firstStream: files.lowerBound, lengths: files.map { _ in samples },
        sampling: .standard, conditions: Array(conditions[files]), refinement: nil, workers: workers)
      var failure: (any Error)?
      let done = try job.write(
        to: Array(paths[files]), encoding: nil, existing: .replace, keepingParts: false,
        progress: { block in
          let share = Double(files.count * block.samples) / Double(block.total)
          do { try progress((Double(files.lowerBound) + share) / Double(paths.count)) } catch {
            failure = failure ?? error
          }
        }, shouldStop: { failure != nil || shouldStop() })
      if let failure { throw failure }
      if done < samples { return nil }
    }
    return try files()
  }

  /// The files as recordings. One that is silent throughout is none.
  private func files() throws -> Files {
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
    let options = RecordingOptions(silence: RecordingOptions.silenceRange.lowerBound)
    let index = try CorpusIndex.scan(folder, options: options, workers: workers).filtered { numbers[$0.path] != nil }
    let recordings = try Recordings(
      index, sampleRate: model.sampleRate, preemphasis: model.configuration.preemphasis, workers: workers)
    return Files(
      recordings: recordings, conditions: recordings.items.map { conditions[numbers[$0.path]!] },
      fingerprint: index.fingerprint)
  }
}
