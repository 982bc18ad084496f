import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The checkpoint of a run that was best on held-out data, and which of its weights were: `best.json` in the folder of
/// the run.
///
///     {"step": 3000, "weights": "average", "loss": 2.41}
public struct BestCheckpoint: Sendable, Equatable {
  /// The step.
  public let step: Int
  /// Which weights.
  public let weights: ModelWeights
  /// Their loss on the held-out data, or another criterion of the task, in its unit; the lower the better.
  public let loss: Double

  /// A checkpoint.
  public init(step: Int, weights: ModelWeights, loss: Double) {
    (self.step, self.weights, self.loss) = (step, weights, loss)
  }
}

extension RunFolder {
  private var bestPath: String { path + "/best.json" }

  /// The best checkpoint so far; nil where nothing was measured yet, or the checkpoint is not there.
  public var best: BestCheckpoint? { recordedBest.flatMap { isThere($0) ? $0 : nil } }

  private func isThere(_ best: BestCheckpoint) -> Bool {
    let folder = checkpointPath(step: best.step)
    return isComplete(folder) && Folder.hasFile(folder + "/" + best.weights.fileName)
  }

  /// The record, whose checkpoint may not be there.
  private var recordedBest: BestCheckpoint? {
    guard Folder.hasFile(bestPath), let json = try? JSON(objectIn: bestPath), let step = json["step"]?.integer,
      let weights = json["weights"]?.string.flatMap(ModelWeights.init), let loss = json["loss"]?.double,
      step >= 0, loss.isFinite
    else { return nil }
    return BestCheckpoint(step: step, weights: weights, loss: loss)
  }

  /// Records the best checkpoint.
  ///
  /// - Throws: `FileFault`.
  public func recordBest(_ best: BestCheckpoint) throws {
    let json: JSON = ["step": JSON(best.step), "weights": JSON(best.weights.rawValue), "loss": JSON(best.loss)]
    try AtomicFile.write(to: bestPath, existing: .replace) { try $0.write(json.description + "\n") }
  }

  /// Removes the record of the best checkpoint.
  package func forgetBest() { unlink(bestPath) }

  /// Reads from the best checkpoint of a run that may be training, or from the newest complete one where there is none.
  ///
  /// - Throws: as `withNewestCheckpoint`.
  public func withBestCheckpoint<R>(_ body: (_ folder: String, BestCheckpoint?) throws -> R) throws -> R {
    while let best = recordedBest {
      let folder = checkpointPath(step: best.step)
      do { if isThere(best) { return try body(folder, best) } } catch { if Folder.exists(folder) { throw error } }
      // The trainer may have found a better one and removed this one: each iteration reads a later one.
      if recordedBest == best { break }
    }
    return try withNewestCheckpoint { try body($0, nil) }
  }
}
