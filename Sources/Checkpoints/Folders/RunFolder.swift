import KodamaCore

/// The folder of a training run: `checkpoints/step-N/` for each moment that was saved, and `latest`, a small text file
/// that names the last of them.
public struct RunFolder: Sendable, Equatable {
  /// The folder.
  public let path: String

  /// The run in a folder, which need not be there yet.
  public init(_ path: String) { self.path = Folder.trimmed(path) }

  /// Whether a folder is that of a run.
  public static func isRun(_ path: String) -> Bool {
    Folder.exists(path + "/checkpoints") || Folder.hasFile(path + "/latest")
  }

  /// The folder that holds the checkpoints.
  public var checkpointsPath: String { path + "/checkpoints" }

  /// The folder of the checkpoint of a step.
  public func checkpointPath(step: Int) -> String { checkpointsPath + "/step-\(step)" }

  private var latestPath: String { path + "/latest" }

  /// The steps that have a folder, in order, complete or not.
  ///
  /// - Throws: `FileFault.cannotRead`.
  public func steps() throws -> [Int] {
    if !Folder.exists(checkpointsPath) { return [] }
    return try Folder.names(checkpointsPath).compactMap(Self.step).sorted()
  }

  /// The checkpoint to go on from: the one that `latest` names, or, where that is missing or incomplete, the newest that
  /// is complete. A checkpoint is complete when it has a configuration and its safetensors files are as long as their
  /// headers say.
  ///
  /// - Throws: `CheckpointFault.noModel` where there is none, `.malformed` where `latest` names anything but a step.
  public func newestCheckpoint() throws -> String {
    let named = try latestStep()
    let candidates = (named.map { [$0] } ?? []) + (try steps().reversed())
    guard let step = candidates.first(where: { isComplete(checkpointPath(step: $0)) }) else {
      throw CheckpointFault.noModel(path: path, problem: "the run has no complete checkpoint yet")
    }
    return checkpointPath(step: step)
  }

  /// Makes `latest` name a step.
  ///
  /// - Throws: `FileFault`.
  public func recordLatest(step: Int) throws {
    try AtomicFile.write(to: latestPath, existing: .replace) { try $0.write("step-\(step)\n") }
  }

  /// The step that `latest` names; nil where it is missing or empty, as after a power failure.
  private func latestStep() throws -> Int? {
    if !Folder.hasFile(latestPath) { return nil }
    let file = try InputFile(latestPath)
    let text = String(decoding: try file.bytes(0..<min(64, file.size)), as: UTF8.self).filter { $0 != "\n" }
    if text.isEmpty { return nil }
    // Nothing but a step: the text becomes part of a path.
    guard let step = Self.step(text) else {
      throw CheckpointFault.malformed(path: latestPath, field: "content", problem: "it must be like step-1000")
    }
    return step
  }

  private func isComplete(_ folder: String) -> Bool {
    guard Folder.hasFile(folder + "/" + ModelLocation.configurationName),
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
