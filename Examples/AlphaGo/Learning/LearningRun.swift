import GoGame
import GoNetworks
import KodamaCheckpoints
import KodamaCore
import KodamaLayers

/// The folder of a run of learning:
///
///     run/plan.json                          the settings
///     run/best/                              the best network, a model folder
///     run/log.jsonl                          a line for each iteration
///     run/iterations/0012/learner.json       the numbers of the state
///     run/iterations/0012/config.json, model.safetensors, best.safetensors, optimizer.safetensors
///     run/iterations/0012/games.safetensors  the games as the network learns from them
///     run/iterations/0012/games.sgf          the same as records
///
/// Every folder of an iteration appears whole or not at all, and the last one is what a run is resumed from. Of earlier
/// ones the records stay, and the games that batches are still drawn from.
public struct LearningRun: Sendable {
  /// The folder.
  public let path: String
  /// The settings.
  public let plan: LearningPlan

  private static let version = 1
  static let (weightsName, bestName, optimizerName) = ("model.safetensors", "best.safetensors", "optimizer.safetensors")
  static let (gamesName, recordsName, stateName) = ("games.safetensors", "games.sgf", "learner.json")
  private static let names: Set = [
    "config.json", weightsName, bestName, optimizerName, gamesName, recordsName, stateName,
  ]

  /// Makes the folder of a new run.
  ///
  /// - Throws: `FileFault`, `GoFault.setting`.
  public init(new path: String, _ plan: LearningPlan) throws {
    try plan.check()
    (self.path, self.plan) = (Folder.trimmed(path), plan)
    if AtomicFile.exists(self.path) { throw FileFault.exists(path: self.path) }
    try Folder.create(self.path + "/iterations")
    try LearningPlan.fields.write(plan, version: Self.version, to: self.path + "/plan.json")
  }

  /// Opens the folder of a run.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`.
  public init(path: String) throws {
    self.path = Folder.trimmed(path)
    var plan = LearningPlan(board: 9)
    try LearningPlan.fields.read(file: self.path + "/plan.json", version: Self.version, into: &plan)
    self.plan = plan
  }

  /// The folder of the best network.
  public var bestPath: String { path + "/best" }
  /// The log, with a line for each iteration.
  public var log: LearningLog { LearningLog(path + "/log.jsonl") }

  func folder(_ iteration: Int) -> String {
    let digits = "\(iteration)"
    return path + "/iterations/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The numbers of the iterations that are there, ascending.
  public func iterations() throws -> [Int] {
    try Folder.names(path + "/iterations").compactMap { name in
      Int(name).flatMap { $0 > 0 && folder($0).hasSuffix("/" + name) ? $0 : nil }
    }.sorted()
  }

  // MARK: Writing

  /// Writes the state after an iteration.
  ///
  /// - Throws: `FileFault`.
  public func write(_ learner: ZeroLearner, _ report: ZeroLearner.Report) throws {
    let number = learner.progress.iteration
    // First, for what is resumed from the iteration before replaces its line.
    try log.append(LearningEntry(report))
    try AtomicFolder.write(to: folder(number), existing: .replace, replaceable: Self.names) { folder in
      try learner.descent.model.write(into: folder)
      try SafetensorsWriter.write(learner.best.parameters.stored(), to: folder + "/" + Self.bestName)
      try learner.descent.optimizer.writeState(to: folder + "/" + Self.optimizerName)
      try SafetensorsWriter.write(PlayedGames(report.games).tensors, to: folder + "/" + Self.gamesName)
      try AtomicFile.write(to: folder + "/" + Self.recordsName, existing: .refuse) { writer in
        for game in report.games { try writer.write(game.record(rules: plan.game.rules).text) }
      }
      let state = Progress.fields.json(of: learner.progress, isComplete: true).members ?? []
      let json = JSON.object(
        [.init("format_version", JSON(Self.version))] + state
          + [.init("updates", JSON(learner.descent.optimizer.step))])
      try AtomicFile.write(to: folder + "/" + Self.stateName, existing: .refuse) { try $0.write(json.indentedText) }
    }
    if learner.progress.bestIteration == number || !AtomicFile.exists(bestPath) { try writeBest(learner) }
    try removeWhatIsNotNeeded(learner)
  }

  /// Writes the best network, where it is not there.
  ///
  /// - Throws: `FileFault`.
  func writeBest(_ learner: ZeroLearner) throws {
    if (try? ZeroModel(path: bestPath)) != learner.best { try learner.best.save(to: bestPath, existing: .replace) }
  }

  /// Removes weights of earlier iterations, and games that are drawn no more.
  private func removeWhatIsNotNeeded(_ learner: ZeroLearner) throws {
    let first = learner.window.games.first?.number ?? 0
    let all = try iterations()
    for number in all where number < learner.progress.iteration {
      let folder = folder(number)
      // The one before the last is kept: a disk may fail.
      if number < learner.progress.iteration - 1 {
        for name in [Self.weightsName, Self.bestName, Self.optimizerName, "config.json"] {
          _ = Folder.removeFiles([name], in: folder)
        }
      }
      if number * plan.games <= first { _ = Folder.removeFiles([Self.gamesName], in: folder) }
    }
  }

  // MARK: Reading

  private typealias Progress = ZeroLearner.Progress

  /// The learner as it was after the last iteration, or before the first.
  ///
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`; `GoFault.run` for games that cannot be.
  public func learner(workers: Workers) throws -> ZeroLearner {
    guard let number = try iterations().last else { return try ZeroLearner(plan, workers: workers) }
    let folder = folder(number)
    let file = try Configuration(
      folder + "/" + Self.stateName, version: Self.version, keys: Progress.fields.keys + ["updates"])
    var progress = Progress()
    try file.readChecked(Progress.fields, into: &progress)
    let updates = try file.integer("updates")
    if progress.iteration != number || updates < 0 {
      throw GoFault.run(
        path: file.path,
        problem: "it is of iteration \(progress.iteration); remove the folder to resume from the one before")
    }
    let model = try ZeroModel(path: folder)
    guard model.architecture == plan.architecture else {
      throw GoFault.run(path: folder, problem: "its network is not that of plan.json; restore the plan")
    }
    let declarations = ZeroNetwork(plan.architecture).declarations
    let best = try SafetensorsReader(folder + "/" + Self.bestName).parameters(declarations)
    let optimizer = try Optimizer(
      ZeroDescent.algorithm, step: updates, stateFile: folder + "/" + Self.optimizerName, declarations)
    var learner = ZeroLearner(
      plan, ZeroDescent(model, optimizer, workers: workers), best: ZeroModel(plan.architecture, best), progress,
      workers: workers)
    for iteration in try iterations() {
      let games = self.folder(iteration) + "/" + Self.gamesName
      guard AtomicFile.exists(games) else { continue }
      let first = (iteration - 1) * plan.games
      learner.window.add(try PlayedGames(games, size: plan.architecture.board, first: first, count: plan.games).games)
    }
    return learner
  }
}

extension ZeroLearner.Progress {
  private static func count() -> ValueForm<Int> {
    .integer(AllowedValues("at least 0") { (0...1 << 48).contains($0) })
  }

  /// The numbers in files.
  static let fields: ConfigurationFields<ZeroLearner.Progress> = [
    .init("iteration", \.iteration, count(), "Iterations so far"),
    .init("games", \.games, count(), "Games so far"),
    .init("positions", \.positions, count(), "Their positions"),
    .init("seconds", \.seconds, .number(AllowedValues("at least 0") { $0 >= 0 }), "The time so far"),
    .init("elo", \.elo, .number(), "The rating of the best network"),
    .init("best_iteration", \.bestIteration, count(), "The iteration of the best network"),
    .init(
      "resignation", \.resignation, .number(AllowedValues("-1 to 0") { (-1...0).contains($0) }), "When players resign"),
  ]
}
