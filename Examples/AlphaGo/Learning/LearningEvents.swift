import KodamaCore
import KodamaReports

/// The log of a run for TensorBoard, in its folder `events`.
final class LearningEvents {
  private let writer: EventFileWriter

  /// The tags of numbers of the log; TensorBoard groups them by the part before the slash.
  private static let tags = [
    "policyLoss": "loss/policy", "policyEntropy": "loss/entropy of search", "valueLoss": "loss/value",
    "learningRate": "loss/learning rate", "elo": "strength/Elo", "matchShare": "strength/match",
    "movesPerGame": "games/moves", "blackWins": "games/black wins", "equalScores": "games/equal scores",
    "resigned": "games/resigned", "falseResignations": "games/false resignations",
    "resignationLimit": "games/limit of resignation", "games": "amount/games", "positions": "amount/positions",
    "seconds": "amount/seconds",
  ]

  /// Events after an iteration.
  ///
  /// - Throws: `FileFault`.
  init(_ run: LearningRun, after iteration: Int) throws {
    let folder = run.path + "/events"
    if !Folder.exists(folder) { try Folder.create(folder) }
    writer = try EventFileWriter(folder: folder, firstStep: iteration + 1)
  }

  func append(_ entry: LearningEntry) throws {
    let values = entry.values.compactMap { value in
      Self.tags[value.name].map { EventValue.scalar(tag: $0, value.value) }
    }
    try writer.append(values, step: entry.iteration)
  }
}
