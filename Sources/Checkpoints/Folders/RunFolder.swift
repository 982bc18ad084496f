import KodamaCore

/// The folder of a training run: `checkpoints/step-N/` for each saved state, `best.json`, which names the one that was
/// best on held-out data, and `latest`, a small text file with the name of the last one for users. `latest` is never
/// read: a run that was killed may not have written it.
public struct RunFolder: Sendable, Equatable {
  /// The folder.
  public let path: String

  /// The run in a folder, which may not exist yet.
  public init(_ path: String) { self.path = Folder.trimmed(path) }

  /// Whether a folder is that of a run.
  public static func isRun(_ path: String) -> Bool {
    Folder.exists(path + "/checkpoints") || Folder.hasFile(path + "/latest")
  }

  /// The folder of the checkpoints.
  public var checkpointsPath: String { path + "/checkpoints" }

  /// The folder of the audio generated during training.
  public var samplesPath: String { path + "/samples" }

  /// The folder of the sound that a teacher generated to learn from.
  public var teacherSoundPath: String { path + "/teacher-sound" }

  /// The folder of the checkpoint of a step.
  public func checkpointPath(step: Int) -> String { checkpointsPath + "/step-\(step)" }

  private var latestPath: String { path + "/latest" }

  /// The steps with a checkpoint folder, complete or not, in order.
  ///
  /// - Throws: `FileFault.cannotRead`.
  public func steps() throws -> [Int] {
    if !Folder.exists(checkpointsPath) { return [] }
    return try Folder.names(checkpointsPath).compactMap(Self.step).sorted()
  }

  /// The checkpoint to resume from: the newest that is complete. A checkpoint is complete when it has a configuration
  /// and its safetensors files have the length that their headers specify.
  ///
  /// - Throws: `CheckpointFault.noModel` where there is none; `FileFault.cannotRead`.
  public func newestCheckpoint() throws -> String {
    guard let step = try newestStep() else {
      throw CheckpointFault.noModel(path: path, problem: "the run has no complete checkpoint yet")
    }
    return checkpointPath(step: step)
  }

  /// Reads from the newest complete checkpoint of a run that may be training: where the trainer removes the checkpoint
  /// meanwhile, the then newest one is read.
  ///
  /// - Throws: as `newestCheckpoint`, and what `body` throws for a checkpoint that still exists.
  public func withNewestCheckpoint<R>(_ body: (_ folder: String) throws -> R) throws -> R {
    while true {
      let folder = try newestCheckpoint()
      do { return try body(folder) } catch {
        // Each iteration reads a later checkpoint, so the loop ends.
        if Folder.exists(folder) { throw error }
      }
    }
  }

  /// The step of the newest complete checkpoint before `end`; nil where there is none.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package func newestStep(before end: Int = .max) throws -> Int? {
    var steps = try steps()
    while true {
      if let step = steps.last(where: { $0 < end && isComplete(checkpointPath(step: $0)) }) { return step }
      // A trainer may have removed the listed checkpoints and saved another.
      let now = try self.steps()
      if now == steps { return nil }
      steps = now
    }
  }

  /// Writes the name of a step's folder to `latest`.
  ///
  /// - Throws: `FileFault`.
  public func recordLatest(step: Int) throws {
    try AtomicFile.write(to: latestPath, existing: .replace) { try $0.write("step-\(step)\n") }
  }

  func isComplete(_ folder: String) -> Bool {
    guard Folder.hasFile(folder + "/" + ModelFiles.configuration),
      let names = try? Folder.names(folder), names.contains(ModelWeights.raw.fileName)
    else { return false }
    return names.filter { $0.hasSuffix(".safetensors") }.allSatisfy {
      (try? SafetensorsReader(folder + "/" + $0)) != nil
    }
  }

  /// The N of `step-N`.
  private static func step(_ name: String) -> Int? {
    let digits = name.dropFirst(5)
    guard name.hasPrefix("step-"), let step = Int(digits), step >= 0, "\(step)" == digits else { return nil }
    return step
  }
}
